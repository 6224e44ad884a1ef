(method name: (_) @name body: (_)? @body) @definition.function
(singleton_method name: (_) @name body: (_)? @body) @definition.function
(class name: (_) @name body: (_)? @body) @definition.class
(module name: (_) @name body: (_)? @body) @definition.module
((call method: (identifier) @_method (#any-of? @_method "require" "require_relative")) @import)
(comment) @comment
(string) @string
(heredoc_body) @string
(regex) @string
(interpolation) @interpolation
(block) @block
