; What a Go file defines.
(type_declaration (type_spec name: (type_identifier) @name)) @class
(type_declaration (type_alias name: (type_identifier) @name)) @type
(function_declaration name: (identifier) @name) @function
(method_declaration name: (field_identifier) @name) @function
(method_elem name: (field_identifier) @name) @function
(field_declaration name: (field_identifier) @name) @field
(source_file (const_declaration (const_spec name: (identifier) @name) @constant))
(source_file (var_declaration (var_spec name: (identifier) @name) @constant))
