; What a Python file defines. @name and one kind capture per pattern.
(class_definition name: (identifier) @name) @class
(function_definition name: (identifier) @name) @function
(module (expression_statement (assignment left: (identifier) @name)) @constant)
(module (type_alias_statement left: (type) @name) @constant)
(class_definition body: (block (expression_statement (assignment left: (identifier) @name)) @field))
(assignment
  left: (attribute object: (identifier) @self attribute: (identifier) @name)
  (#eq? @self "self")) @field
