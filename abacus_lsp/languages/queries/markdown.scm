(section (atx_heading (inline) @name)) @definition.class
(html_block) @comment
(fenced_code_block) @block
