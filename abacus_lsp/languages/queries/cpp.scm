(function_definition
  declarator: [(function_declarator declarator: (_) @name)
               (pointer_declarator (function_declarator declarator: (_) @name))
               (reference_declarator (function_declarator declarator: (_) @name))]
  body: (_) @body) @definition.function
(template_declaration
  (function_definition
    declarator: [(function_declarator declarator: (_) @name)
                 (pointer_declarator (function_declarator declarator: (_) @name))
                 (reference_declarator (function_declarator declarator: (_) @name))]
    body: (_) @body)) @definition.function
(class_specifier name: (_) @name body: (_) @body) @definition.class
(template_declaration (class_specifier name: (_) @name body: (_) @body)) @definition.class
(struct_specifier name: (_) @name body: (_) @body) @definition.class
(template_declaration (struct_specifier name: (_) @name body: (_) @body)) @definition.class
(union_specifier name: (_) @name body: (_) @body) @definition.class
(enum_specifier name: (_) @name body: (_) @body) @definition.class
(namespace_definition name: (_) @name body: (_) @body) @definition.module
(preproc_include) @import
(using_declaration) @import
(comment) @comment
(string_literal) @string
(raw_string_literal) @string
(char_literal) @string
(system_lib_string) @string
(compound_statement) @block
(field_declaration_list) @block
(enumerator_list) @block
(declaration_list) @block
