; What a JavaScript file defines.
(class_declaration name: (identifier) @name) @class
(class name: (identifier) @name) @class
(function_declaration name: (identifier) @name) @function
(generator_function_declaration name: (identifier) @name) @function
(method_definition name: (property_identifier) @name) @function
(field_definition property: (property_identifier) @name) @field
(program (lexical_declaration (variable_declarator name: (identifier) @name)) @constant)
(program (export_statement (lexical_declaration (variable_declarator name: (identifier) @name)) @constant))
(program (variable_declaration (variable_declarator name: (identifier) @name)) @constant)
(assignment_expression
  left: (member_expression object: (this) property: (property_identifier) @name)) @field
