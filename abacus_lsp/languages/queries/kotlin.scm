(function_declaration name: (identifier) @name (function_body) @body) @definition.function
(class_declaration name: (identifier) @name [(class_body) (enum_class_body)] @body) @definition.class
(object_declaration name: (identifier) @name (class_body) @body) @definition.class
(package_header) @import
(import) @import
(line_comment) @comment
(block_comment) @comment
(string_literal) @string
(multiline_string_literal) @string
(character_literal) @string
(interpolation) @interpolation
(block) @block
(class_body) @block
(enum_class_body) @block
(lambda_literal) @block
(when_expression) @block
