; What a TypeScript file defines.
(class_declaration name: (type_identifier) @name) @class
(abstract_class_declaration name: (type_identifier) @name) @class
(interface_declaration name: (type_identifier) @name) @class
(enum_declaration name: (identifier) @name) @class
(type_alias_declaration name: (type_identifier) @name) @type
(function_declaration name: (identifier) @name) @function
(function_signature name: (identifier) @name) @function
(method_definition name: (property_identifier) @name) @function
(method_signature name: (property_identifier) @name) @function
(abstract_method_signature name: (property_identifier) @name) @function
(public_field_definition name: (property_identifier) @name) @field
(property_signature name: (property_identifier) @name) @field
(enum_body (property_identifier) @name @field)
(enum_body (enum_assignment name: (property_identifier) @name) @field)
(program (lexical_declaration (variable_declarator name: (identifier) @name)) @constant)
(program (export_statement (lexical_declaration (variable_declarator name: (identifier) @name)) @constant))
