;;; abacus.el --- abacus-lsp in Emacs: grey text through eglot  -*- lexical-binding: t; -*-

;; Package-Requires: ((emacs "30.1"))

;;; Commentary:

;; Eglot runs the server, `completion-preview-mode' shows its answers in grey while you type.  Eglot runs one
;; server for a buffer: name only the modes in which abacus-lsp shall be that server, then call `abacus-setup'.

;;; Code:

(require 'cl-lib)
(require 'completion-preview)
(require 'eglot)

(defgroup abacus nil
  "Code completion by a model on this machine."
  :group 'tools)

(defcustom abacus-program '("abacus-lsp")
  "The language server's command."
  :type '(repeat string))

(defcustom abacus-modes
  '((python-base-mode :language-id "python") (js-base-mode :language-id "javascript")
    (typescript-ts-mode :language-id "typescript") (tsx-ts-mode :language-id "typescriptreact")
    java-mode java-ts-mode c-mode c-ts-mode (c++-mode :language-id "cpp") (c++-ts-mode :language-id "cpp")
    go-mode go-ts-mode rust-mode rust-ts-mode (ruby-base-mode :language-id "ruby") lua-mode lua-ts-mode (sh-base-mode :language-id "shellscript"))
  "Major modes in which abacus-lsp is the language server, as in `eglot-server-programs'.
A name that the server would not know from the mode's needs a :language-id."
  :type '(repeat sexp))

(defclass abacus-server (eglot-lsp-server)
  ((status :initform nil :documentation "What the server told last, a property list."))
  :documentation "The abacus language server.")

(defun abacus--while-shown (command)
  "A binding of COMMAND that is there while grey text is shown."
  `(menu-item "" ,command :filter ,(lambda (it) (and completion-preview-active-mode it))))

(defvar-keymap abacus-mode-map
  :doc "Keys while grey text is shown; TAB takes all of it."
  "M-<right>" (abacus--while-shown #'abacus-accept-word)
  "C-M-<right>" (abacus--while-shown #'abacus-accept-line)
  "M-n" (abacus--while-shown #'abacus-next)
  "M-p" (abacus--while-shown #'abacus-previous)
  "C-]" (abacus--while-shown #'abacus-dismiss))

(defvar-local abacus--items nil "Items of the last answer, by their text.")
(defvar-local abacus--invoked nil "Whether the next question is the user's own: others are wanted too.")
(defvar-local abacus--rejected nil "The place (point and tick of the text) whose offer was dismissed.")

;;; The server

(cl-defmethod eglot-client-capabilities :around ((_server abacus-server))
  "Grey text is shown here: answers come inline, not in the completion list too."
  (let ((held (cl-call-next-method)))
    (plist-put held :textDocument
               (plist-put (plist-get held :textDocument) :inlineCompletion '(:dynamicRegistration :json-false)))))

(cl-defmethod eglot-handle-notification ((server abacus-server) (_method (eql $/abacus/status)) &rest status)
  "Keep what the server is doing, for the mode line."
  (oset server status status)
  (force-mode-line-update t))

(cl-defmethod eglot-handle-notification ((_server abacus-server) (_method (eql $/abacus/ready)) &rest _where)
  "An answer is there that nobody waited for: Emacs waits for its answers, or asks again at the next key.")

(defun abacus-server ()
  "The abacus server of this buffer, or nil."
  (let ((server (eglot-current-server)))
    (and server (cl-typep server 'abacus-server) server)))

(defun abacus-status ()
  "The server's state, and the reason of its last silence, for the mode line."
  (when-let* ((server (abacus-server)) (status (oref server status)))
    (let ((code (plist-get (plist-get status :reason) :code)))
      (format " 珠算:%s%s" (plist-get status :state)
              (if (member code '(nil "ok")) "" (concat " " code))))))

;;; What is said here: only what the server cannot say

(defun abacus--language ()
  "Of messages, \"zh\" or \"en\": as the server tells it, else as the environment names it."
  (let* ((server (abacus-server))
         (told (and server (plist-get (oref server status) :language)))
         (named (seq-find (lambda (value) (and value (not (string-empty-p value))))
                          (mapcar #'getenv '("LC_ALL" "LC_MESSAGES" "LANG")))))
    (if (string-prefix-p "zh" (or told named "") t) "zh" "en")))

(defun abacus--say (english chinese)
  "ENGLISH or CHINESE, by the language of messages."
  (if (equal (abacus--language) "zh") chinese english))

;;; Grey text

(defun abacus--ask (&optional patient)
  "Items for point; the wait for them ends when a key is pressed, unless PATIENT.
Only the wait: a message that a key cut off would leave the server with another text than this buffer's."
  (let* ((server (eglot--current-server-or-lose))
         (done nil)
         (answer nil)
         (end (lambda (&rest _) (setq done t))))
    (let ((throw-on-input nil) (inhibit-quit t))
      (eglot--signal-textDocument/didChange)
      (jsonrpc-async-request server :textDocument/inlineCompletion
                             (append (eglot--TextDocumentPositionParams)
                                     (list :context (list :triggerKind (if abacus--invoked 1 2))))
                             :success-fn (lambda (result) (setq answer result done t))
                             :error-fn end :timeout-fn end)
      (while (and (not done) (jsonrpc-running-p server)
                  (if patient (progn (accept-process-output nil 0.02) t) (sit-for 0.02 t)))))
    (append (if (vectorp answer) answer (plist-get answer :items)) nil)))

(defun abacus-completion-at-point ()
  "Grey text for `completion-preview-mode': what the model would write at point."
  (when (and (abacus-server) (not (equal abacus--rejected (abacus--place))))
    (when-let* ((items (abacus--ask)))
      (setq abacus--items (mapcar (lambda (item) (cons (plist-get item :insertText) item)) items))
      (list (point) (point)
            (let ((texts (mapcar #'car abacus--items)))
              (lambda (string predicate action)
                (if (eq action 'metadata)
                    '(metadata (display-sort-function . identity) (cycle-sort-function . identity))
                  (complete-with-action action texts string predicate))))
            :exit-function #'abacus--taken))))

(defun abacus--place ()
  (cons (point) (buffer-chars-modified-tick)))

(defun abacus--item ()
  "The item that is shown."
  (let ((index (completion-preview--get 'completion-preview-index)))
    (cdr (assoc (concat (completion-preview--get 'completion-preview-common)
                        (nth index (completion-preview--get 'completion-preview-suffixes)))
                abacus--items))))

(defun abacus--number (item)
  (let ((arguments (plist-get (plist-get item :command) :arguments)))
    (and (> (length arguments) 0) (aref arguments 0))))

(defun abacus--run (command &rest arguments)
  (jsonrpc-request (abacus-server) :workspace/executeCommand
                   (list :command command :arguments (vconcat arguments))))

(defun abacus--delete-over (range)
  "Delete as many characters after point as RANGE holds: closers that were put there."
  (let ((over (and range (- (plist-get (plist-get range :end) :character)
                            (plist-get (plist-get range :start) :character)))))
    (when (and over (> over 0))
      (delete-char (min over (- (line-end-position) (point)))))))

(defun abacus--taken (text _status)
  "All of TEXT was inserted: drop what it replaces, tell the server."
  (when-let* ((item (cdr (assoc text abacus--items))))
    (abacus--delete-over (plist-get item :range))
    (when-let* ((number (abacus--number item)))
      (jsonrpc-async-request (abacus-server) :workspace/executeCommand
                             (list :command "abacus.accepted" :arguments (vector number))))))

(defun abacus--accept (unit)
  "Insert the first UNIT (\"word\" or \"line\") of what is shown; the rest stays."
  (unless completion-preview-active-mode
    (user-error (abacus--say "Nothing is shown" "没有显示内联建议")))
  (let* ((shown (substring-no-properties (completion-preview--get 'after-string)))
         (end (completion-preview--get 'completion-preview-end))
         (whole (concat (completion-preview--get 'completion-preview-common)
                        (nth (completion-preview--get 'completion-preview-index)
                             (completion-preview--get 'completion-preview-suffixes))))
         ;; Typed on since it was offered: the server answers what is left from memory, under a number of its own.
         (item (if (equal shown whole) (abacus--item) (car (abacus--ask t))))
         (edit (and item (abacus--run "abacus.acceptPart" (abacus--number item) unit)))
         (part (plist-get edit :newText)))
    (goto-char end)
    (if (and (stringp part) (not (string-empty-p part)) (string-prefix-p part shown))
        (progn (undo-boundary) (insert part) (abacus--delete-over (plist-get edit :range)))
      (user-error (abacus--say "The offer has changed" "内联建议已改变")))))

(defun abacus-accept-word ()
  "Take the next word of the grey text; in Chinese, the next clause."
  (interactive)
  (abacus--accept "word"))

(defun abacus-accept-line ()
  "Take the grey text up to the end of its line."
  (interactive)
  (abacus--accept "line"))

(defun abacus-next (count)
  "Show another answer, COUNT further; the first time, the server is asked for more."
  (interactive "p")
  (unless completion-preview-active-mode
    (user-error (abacus--say "Nothing is shown" "没有显示内联建议")))
  (unless (cdr (completion-preview--get 'completion-preview-suffixes))
    (let ((abacus--invoked t))
      (completion-preview--update)))
  (completion-preview-next-candidate count)
  (completion-preview--inhibit-update))

(defun abacus-previous (count)
  "Show the answer before, COUNT back."
  (interactive "p")
  (abacus-next (- count)))

(defun abacus-dismiss ()
  "Away with the grey text; it is not offered again at this place."
  (interactive)
  (when completion-preview-active-mode
    (when-let* ((number (abacus--number (abacus--item))))
      (jsonrpc-notify (abacus-server) :$/abacus/rejected (list :id number)))
    (setq abacus--rejected (abacus--place))
    (completion-preview-active-mode -1)))

(define-minor-mode abacus-mode
  "Grey text by abacus-lsp in this buffer; on where eglot runs it."
  :lighter (:eval (abacus-status))
  (cond
   (abacus-mode
    (setq-local completion-preview-minimum-symbol-length nil)
    (setq-local completion-preview-commands
                (append completion-preview-commands
                        '(newline newline-and-indent electric-newline-and-maybe-indent indent-for-tab-command
                          completion-preview-insert abacus-accept-word abacus-accept-line)))
    ;; Eglot's own list would ask the same server a second time.
    (remove-hook 'completion-at-point-functions #'eglot-completion-at-point t)
    (add-hook 'completion-at-point-functions #'abacus-completion-at-point nil t)
    (completion-preview-mode 1))
   (t
    (remove-hook 'completion-at-point-functions #'abacus-completion-at-point t)
    (completion-preview-mode -1))))

(defun abacus--managed ()
  "Turn `abacus-mode' on with eglot, and off."
  (abacus-mode (if (and (eglot-managed-p) (abacus-server)) 1 -1)))

;;; By hand

(defun abacus--act (command &optional comment)
  "Run the server's code action COMMAND at point, or in the region; COMMENT: the one that writes a comment."
  (let* ((bounds (if (use-region-p) (cons (region-beginning) (region-end)) (cons (point) (point))))
         (actions (eglot-code-actions (car bounds) (cdr bounds) "refactor.rewrite"))
         (fits (lambda (action)
                 (let ((held (plist-get action :command)))
                   (and (equal (plist-get held :command) command)
                        (eq (and (plist-get (aref (plist-get held :arguments) 0) :comment) t) comment)))))
         (action (seq-find fits actions)))
    (if action
        (eglot-execute (abacus-server) action)
      (user-error (abacus--say "Nothing of that kind here" "此处没有可生成的内容")))))

(defun abacus-docstring ()
  "Write the docstring of the definition at point."
  (interactive)
  (abacus--act "abacus.document"))

(defun abacus-summarise (comment)
  "Say what the definition at point or the region does; with a prefix argument, in a COMMENT above it."
  (interactive "P")
  (abacus--act "abacus.summarise" (and comment t)))

(defun abacus-why ()
  "Say how the last answer came about, or why there was none."
  (interactive)
  (message "%s" (pp-to-string (abacus--run "abacus.explainLast"))))

(defun abacus-snooze (minutes)
  "Nothing unasked for so many MINUTES; 0 ends it."
  (interactive (list (read-number (abacus--say "Minutes: " "分钟数："))))
  (abacus--run "abacus.snooze" minutes))

;;;###autoload
(defun abacus-setup ()
  "Let eglot run abacus-lsp in `abacus-modes', from the next file on."
  (add-to-list 'eglot-server-programs (cons abacus-modes (cons 'abacus-server abacus-program)))
  (add-hook 'eglot-managed-mode-hook #'abacus--managed)
  (dolist (mode abacus-modes)
    (add-hook (intern (format "%s-hook" (if (consp mode) (car mode) mode))) #'eglot-ensure)))

(provide 'abacus)
;;; abacus.el ends here
