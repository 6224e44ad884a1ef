; What a Lua file defines.
(function_declaration name: (identifier) @name) @function
(function_declaration name: (dot_index_expression field: (identifier) @name)) @function
(function_declaration name: (method_index_expression method: (identifier) @name)) @function
(chunk (variable_declaration (assignment_statement (variable_list name: (identifier) @name))) @constant)
