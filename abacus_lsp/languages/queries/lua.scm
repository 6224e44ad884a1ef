(function_declaration name: (_) @name body: (_)? @body) @definition.function
((variable_declaration (assignment_statement (expression_list
   value: (function_call name: (identifier) @_function)))
   (#eq? @_function "require")) @import)
(comment) @comment
(string) @string
(block) @block
