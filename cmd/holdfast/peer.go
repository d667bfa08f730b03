package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"holdfast/config/check"
	"holdfast/config/source"
	"holdfast/config/syntax"
	"holdfast/internal/api"
	"holdfast/internal/state"
)

// savedConfig is what /v1/config answers, as far as it says what runs there.
type savedConfig struct {
	Config *state.Config `json:"config"`
}

// readPeer reads what another director runs. Its own findings are for those who check it there; but where it has
// errors, they say what is left out. with is the source with its text.
func readPeer(src syntax.Source, stdin io.Reader, name string, f checkFlags) (
	peer check.Read, with syntax.Source, err error) {
	text, err := peerText(stdin, name)
	if err != nil {
		return peer, nil, err
	}
	with = src
	if text != "" {
		with = source.Overlay{Source: src, Name: shownName(name), Text: text}
	}
	there := f
	there.host, there.allowEmpty = false, false // this host is another one
	peer = check.ReadFile(with, shownName(name), there.options())
	peer.Findings = check.Deciding(peer.Findings, onlyErrors())
	return peer, with, nil
}

// peerText is what the socket or standard input of a peer, or an answer that was saved, says; "" for a file that is
// read as it is.
func peerText(stdin io.Reader, name string) (string, error) {
	if name == "-" {
		text, err := readInput(stdin)
		return textOf(string(text)), err
	}
	st, err := os.Stat(name)
	if err != nil {
		return "", nil // what reads it says why
	}
	if st.Mode()&os.ModeSocket != 0 {
		return askedPeer(name)
	}
	if !st.Mode().IsRegular() || st.Size() > syntax.MaxBytes {
		return "", nil
	}
	text, err := os.ReadFile(name)
	if err != nil || !isAnswer(string(text)) {
		return "", nil
	}
	return textOf(string(text)), nil
}

// askedPeer asks a daemon for what it runs.
func askedPeer(socket string) (string, error) {
	var told savedConfig
	_, err := (api.Client{Path: socket}).Get("/v1/config", &told)
	switch {
	case errors.Is(err, api.ErrNotRunning):
		return "", fmt.Errorf("--peer: nobody listens on %s", socket)
	case err != nil:
		return "", fmt.Errorf("--peer: %w", err)
	case told.Config == nil || told.Config.Text == "":
		return "", fmt.Errorf("--peer: %s does not tell what is in force there", socket)
	}
	return told.Config.Text, nil
}

// isAnswer reports whether a text is JSON, with which no configuration begins.
func isAnswer(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "{") }

// textOf is the configuration in a text: the text itself, or what an answer of /v1/config says.
func textOf(text string) string {
	var saved savedConfig
	if !isAnswer(text) || json.Unmarshal([]byte(text), &saved) != nil || saved.Config == nil || saved.Config.Text == "" {
		return text
	}
	return saved.Config.Text
}
