"""Which test shows which feature in which editor: the table of docs/editors.md is made of it (`test_editors_page.py`)."""

from typing import Final

NEOVIM, HELIX, EMACS = "test_neovim.py", "test_helix.py", "test_emacs.py"
VSCODE = "test_vscode.py"
EDITORS: Final = {
    "Neovim 0.12, 0.11, 0.10": NEOVIM,
    "Helix 25.07": HELIX,
    "Emacs 30 (eglot)": EMACS,
    "VS Code 1.139 (code-server)": VSCODE,
}
"""Title of an editor, and the module of its tests; a test of another module is written MODULE::TEST. Each Neovim test runs in all three versions."""

NONE: Final = "-"
"""The editor itself has no such thing."""

FEATURES: Final[tuple[tuple[str, str, dict[str, str]], ...]] = (
    (
        "grey text inline, all of it taken",
        "内联显示，全部接受",
        {
            NEOVIM: "test_all_of_it_with_undo",
            HELIX: NONE,
            EMACS: "test_all_of_it_with_undo",
            VSCODE: "test_grey_text_all_of_it_and_undo",
        },
    ),
    (
        "in or beside a popup menu",
        "补全菜单中或与之并存",
        {
            NEOVIM: "test_beside_an_open_popup_menu",
            HELIX: "test_all_of_it_with_undo",
            EMACS: NONE,
            VSCODE: "test_vscode_behaviour.py::test_grey_text_beside_an_open_suggest_widget",
        },
    ),
    (
        "one step of undo",
        "一步撤销",
        {
            NEOVIM: "test_all_of_it_with_undo",
            HELIX: "test_all_of_it_with_undo",
            EMACS: "test_all_of_it_with_undo",
            VSCODE: "test_grey_text_all_of_it_and_undo",
        },
    ),
    (
        "word, line, rest",
        "按词、按行、剩余部分接受",
        {
            NEOVIM: "test_word_by_word_then_a_line_then_the_rest",
            HELIX: NONE,
            EMACS: "test_word_by_word_then_a_line_then_the_rest",
            VSCODE: "test_by_word_by_line_and_dismissed",
        },
    ),
    (
        "stays while it is typed",
        "照着输入时保持显示",
        {
            NEOVIM: "test_typed_through_it_stays_and_what_does_not_fit_goes",
            HELIX: "test_by_hand_after_an_operator_and_typed_through",
            EMACS: "test_typed_through_it_stays_and_what_does_not_fit_goes",
            VSCODE: "test_typing_through_what_is_shown",
        },
    ),
    (
        "next and previous",
        "切换候选",
        {
            NEOVIM: "test_others_are_cycled_through",
            HELIX: NONE,
            EMACS: "test_others_are_cycled_through",
            VSCODE: "test_other_answers",
        },
    ),
    (
        "dismissed, it stays away",
        "取消后不再出现",
        {
            NEOVIM: "test_dismissed_it_does_not_come_back_there",
            HELIX: NONE,
            EMACS: "test_dismissed_it_does_not_come_back_there",
            VSCODE: "test_by_word_by_line_and_dismissed",
        },
    ),
    (
        "Chinese before the cursor and in the answer",
        "光标前和回答中的中文",
        {
            NEOVIM: "test_chinese_in_every_place",
            HELIX: "test_chinese",
            EMACS: "test_chinese",
            VSCODE: "test_chinese",
        },
    ),
    (
        "another file",
        "切换文件",
        {
            NEOVIM: "test_another_file",
            HELIX: "test_another_file",
            EMACS: "test_another_file",
            VSCODE: "test_another_file_and_back",
        },
    ),
    (
        "docstring",
        "生成文档字符串",
        {
            NEOVIM: "test_a_docstring_and_a_summary",
            HELIX: "test_a_docstring_and_a_summary",
            EMACS: "test_a_docstring_and_a_summary",
            VSCODE: "test_vscode_commands.py::test_a_docstring_and_a_summary",
        },
    ),
    (
        "summary, shown and as a comment",
        "代码摘要：显示、写成注释",
        {
            NEOVIM: "test_a_docstring_and_a_summary",
            HELIX: "test_a_docstring_and_a_summary",
            EMACS: "test_a_docstring_and_a_summary",
            VSCODE: "test_vscode_commands.py::test_a_docstring_and_a_summary",
        },
    ),
    (
        "status, and why there is nothing",
        "状态与没有建议的原因",
        {
            NEOVIM: "test_status_why_and_prompt",
            HELIX: NONE,
            EMACS: "test_dismissed_it_does_not_come_back_there",
            VSCODE: "test_vscode_commands.py::test_why_the_prompt_and_the_statistics",
        },
    ),
    (
        "the daemon dies",
        "守护进程异常退出",
        {
            NEOVIM: "test_killed_it_comes_back_and_nothing_is_lost",
            HELIX: "test_a_daemon_that_dies_is_not_noticed",
            EMACS: "test_a_daemon_that_dies_is_not_noticed",
            VSCODE: "test_vscode_behaviour.py::test_a_server_that_is_killed_comes_back",
        },
    ),
    (
        "all of the server dies",
        "服务器全部异常退出",
        {
            NEOVIM: "test_killed_it_comes_back_and_nothing_is_lost",
            HELIX: "test_killed_helix_stays_usable_and_a_restart_brings_it_back",
            EMACS: "test_killed_emacs_stays_usable_and_reconnects",
            VSCODE: "test_vscode_behaviour.py::test_a_server_that_is_killed_comes_back",
        },
    ),
    (
        "the real trial model",
        "真实的试用模型",
        {
            NEOVIM: "test_the_real_model",
            HELIX: "test_the_real_model",
            EMACS: "test_the_real_model",
            VSCODE: "test_vscode_commands.py::test_the_real_model_and_the_pictures",
        },
    ),
)
"""(English, Chinese, test by module)."""
