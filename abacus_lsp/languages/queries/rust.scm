(function_item name: (_) @name body: (block) @body) @definition.function
(struct_item name: (_) @name body: (_) @body) @definition.class
(enum_item name: (_) @name body: (_) @body) @definition.class
(union_item name: (_) @name body: (_) @body) @definition.class
(trait_item name: (_) @name body: (_) @body) @definition.class
(impl_item type: (_) @name body: (_) @body) @definition.class
(mod_item name: (_) @name body: (_) @body) @definition.module
(use_declaration) @import
(extern_crate_declaration) @import
(line_comment) @comment
(block_comment) @comment
(string_literal) @string
(raw_string_literal) @string
(char_literal) @string
(block) @block
(declaration_list) @block
(field_declaration_list) @block
(enum_variant_list) @block
(match_block) @block
