package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"holdfast/internal/api"
)

// maxAnswer is how long an answer that was saved may be: ten thousand real servers take a tenth of it.
const maxAnswer = 64 << 20

// answered reads what another director answers to a question, a path of the API: at its socket, or in a file where the
// answer was saved. It reports false for a file that has something else.
func answered(name, question string, into any) (bool, error) {
	f, err := os.Stat(name)
	if err != nil {
		return false, err
	}
	if f.Mode()&os.ModeSocket == 0 {
		return saved(name, f.Mode(), into)
	}
	switch _, err := (api.Client{Path: name}).Get(question, into); {
	case errors.Is(err, api.ErrNotRunning):
		return false, fmt.Errorf("nobody listens on %s", name)
	case err != nil:
		return false, fmt.Errorf("%s: %w", name, err)
	}
	return true, nil
}

// saved is answered of a file. One that is no file, as a pipe, is not read, since it may be meant for somebody else.
func saved(name string, mode os.FileMode, into any) (bool, error) {
	if !mode.IsRegular() && !mode.IsDir() {
		return false, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxAnswer))
	if err != nil {
		return false, err
	}
	return isAnswer(string(text)) && json.Unmarshal(text, into) == nil, nil
}

// isAnswer reports whether a text is JSON, with which no configuration begins.
func isAnswer(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "{") }
