(element (start_tag (tag_name) @name) @body) @definition.class
(comment) @comment
(quoted_attribute_value) @string
(element) @block
