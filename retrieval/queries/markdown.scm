; Sections of a Markdown file, named by their headings.
(section (atx_heading heading_content: (inline) @name)) @section
(section (setext_heading heading_content: (paragraph) @name)) @section
