(function_definition name: (word) @name body: (_) @body) @definition.function
((command name: (command_name) @_command (#any-of? @_command "source" ".")) @import)
(comment) @comment
(string) @string
(raw_string) @string
(heredoc_body) @string
(command_substitution) @interpolation
(compound_statement) @block
