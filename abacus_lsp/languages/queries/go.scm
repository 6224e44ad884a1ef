(function_declaration name: (identifier) @name body: (block) @body) @definition.function
(method_declaration name: (field_identifier) @name body: (block) @body) @definition.function
(type_declaration
  (type_spec name: (type_identifier) @name
    type: [(struct_type (field_declaration_list) @body) (interface_type) @body])) @definition.class
(package_clause) @import
(import_declaration) @import
(comment) @comment
(interpreted_string_literal) @string
(raw_string_literal) @string
(rune_literal) @string
(block) @block
(field_declaration_list) @block
