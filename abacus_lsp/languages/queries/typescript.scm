(function_declaration name: (identifier) @name body: (statement_block) @body) @definition.function
(generator_function_declaration name: (identifier) @name body: (statement_block) @body) @definition.function
(method_definition name: (_) @name body: (statement_block) @body) @definition.function
(lexical_declaration
  (variable_declarator name: (identifier) @name
    value: [(arrow_function body: (statement_block) @body)
            (function_expression body: (statement_block) @body)])) @definition.function
(class_declaration name: (type_identifier) @name body: (class_body) @body) @definition.class
(export_statement
  declaration: [(function_declaration name: (identifier) @name body: (statement_block) @body)
                (generator_function_declaration name: (identifier) @name body: (statement_block) @body)
  ]) @definition.function
(export_statement
  declaration: (lexical_declaration
    (variable_declarator name: (identifier) @name
      value: [(arrow_function body: (statement_block) @body)
              (function_expression body: (statement_block) @body)]))) @definition.function
(export_statement
  declaration: (class_declaration name: (type_identifier) @name body: (class_body) @body)) @definition.class
(import_statement) @import
(program (lexical_declaration
  (variable_declarator value: (call_expression function: (identifier) @_function
    (#eq? @_function "require")))) @import)
(comment) @comment
(string) @string
(template_string) @string
(template_substitution) @interpolation
(statement_block) @block
(class_body) @block
(switch_body) @block
(abstract_class_declaration name: (type_identifier) @name body: (class_body) @body) @definition.class
(interface_declaration name: (type_identifier) @name body: (interface_body) @body) @definition.class
(enum_declaration name: (identifier) @name body: (enum_body) @body) @definition.class
(internal_module name: (_) @name body: (statement_block) @body) @definition.module
(module name: (_) @name body: (statement_block) @body) @definition.module
(export_statement
  declaration: (abstract_class_declaration name: (type_identifier) @name body: (class_body) @body)
  ) @definition.class
(export_statement
  declaration: (interface_declaration name: (type_identifier) @name body: (interface_body) @body)
  ) @definition.class
(export_statement
  declaration: (enum_declaration name: (identifier) @name body: (enum_body) @body)) @definition.class
(interface_body) @block
(enum_body) @block
