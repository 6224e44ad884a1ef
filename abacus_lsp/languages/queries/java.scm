(class_declaration name: (identifier) @name body: (_) @body) @definition.class
(interface_declaration name: (identifier) @name body: (_) @body) @definition.class
(enum_declaration name: (identifier) @name body: (_) @body) @definition.class
(record_declaration name: (identifier) @name body: (_) @body) @definition.class
(annotation_type_declaration name: (identifier) @name body: (_) @body) @definition.class
(method_declaration name: (identifier) @name body: (block) @body) @definition.function
(constructor_declaration name: (identifier) @name body: (_) @body) @definition.function
(package_declaration) @import
(import_declaration) @import
(line_comment) @comment
(block_comment) @comment
(string_literal) @string
(character_literal) @string
(string_interpolation) @interpolation
(block) @block
(class_body) @block
(interface_body) @block
(enum_body) @block
(constructor_body) @block
(switch_block) @block
