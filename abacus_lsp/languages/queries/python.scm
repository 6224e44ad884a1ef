(function_definition name: (identifier) @name body: (block) @body) @definition.function
(class_definition name: (identifier) @name body: (block) @body) @definition.class
(decorated_definition
  definition: (function_definition name: (identifier) @name body: (block) @body)) @definition.function
(decorated_definition
  definition: (class_definition name: (identifier) @name body: (block) @body)) @definition.class
(import_statement) @import
(import_from_statement) @import
(future_import_statement) @import
(comment) @comment
(string) @string
(interpolation) @interpolation
(ERROR (string_start) @string.open)
(module . (comment)* . (expression_statement (string) @docstring))
(block . (expression_statement (string) @docstring))
(block) @block
