;;; abacus.el --- abacus-lsp in Emacs 30, through eglot  -*- lexical-binding: t; -*-

;; Eglot runs one server for a buffer: name only the modes in which abacus-lsp shall be that server.
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               '((python-base-mode js-base-mode typescript-ts-base-mode java-ts-mode c-mode c-ts-mode) . ("abacus-lsp"))))

;; The keys of docs/configuration.md.
(setq-default eglot-workspace-configuration
              '(:abacus (:completion (:maxLines 8))))

;; Grey text while typing; Tab takes it.
(add-hook 'eglot-managed-mode-hook #'completion-preview-mode)

(provide 'abacus)
;;; abacus.el ends here
