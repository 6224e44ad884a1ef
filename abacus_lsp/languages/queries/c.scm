(function_definition
  declarator: [(function_declarator declarator: (_) @name)
               (pointer_declarator (function_declarator declarator: (_) @name))]
  body: (compound_statement) @body) @definition.function
(struct_specifier name: (_) @name body: (_) @body) @definition.class
(union_specifier name: (_) @name body: (_) @body) @definition.class
(enum_specifier name: (_) @name body: (_) @body) @definition.class
(preproc_include) @import
(comment) @comment
(string_literal) @string
(char_literal) @string
(system_lib_string) @string
(compound_statement) @block
(field_declaration_list) @block
(enumerator_list) @block
