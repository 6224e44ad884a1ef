(function_definition name: (name) @name body: (_) @body) @definition.function
(method_declaration name: (name) @name body: (_) @body) @definition.function
(class_declaration name: (name) @name body: (_) @body) @definition.class
(interface_declaration name: (name) @name body: (_) @body) @definition.class
(trait_declaration name: (name) @name body: (_) @body) @definition.class
(enum_declaration name: (name) @name body: (_) @body) @definition.class
(namespace_definition name: (_) @name body: (_) @body) @definition.module
(namespace_definition name: (_) !body) @import
(namespace_use_declaration) @import
(expression_statement [(require_once_expression) (require_expression) (include_expression)
                       (include_once_expression)]) @import
(comment) @comment
(string) @string
(encapsed_string) @string
(heredoc) @string
(nowdoc) @string
(compound_statement) @block
(declaration_list) @block
(enum_declaration_list) @block
(switch_block) @block
(match_block) @block
