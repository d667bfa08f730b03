package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"holdfast/config/check"
	"holdfast/config/source"
	"holdfast/config/syntax"
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
// read as it is, and for one that cannot be read: what reads it says why.
func peerText(stdin io.Reader, name string) (string, error) {
	if name == "-" {
		text, err := readInput(stdin)
		return textOf(string(text)), err
	}
	if _, err := os.Stat(name); err != nil {
		return "", nil
	}
	var c savedConfig
	is, err := answered(name, "/v1/config", &c)
	switch {
	case err != nil:
		return "", fmt.Errorf("--peer: %w", err)
	case !is:
		return "", nil
	case c.Config == nil || c.Config.Text == "":
		return "", fmt.Errorf("--peer: %s does not tell what is in force there", name)
	}
	return c.Config.Text, nil
}

// textOf is the configuration in a text: the text itself, or what an answer of /v1/config says.
func textOf(text string) string {
	var c savedConfig
	if !isAnswer(text) || json.Unmarshal([]byte(text), &c) != nil || c.Config == nil || c.Config.Text == "" {
		return text
	}
	return c.Config.Text
}
