package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/config/finding"
	"holdfast/config/reference"
)

// generateCommand writes the files of the source tree that come from the tables of the
// program: make runs it, and lint sees that they are up to date.
func generateCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "generate DIR",
		Short:  "write manual pages, completions, docs/keywords.md and docs/findings.md below a directory",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			files, err := generated()
			if err != nil {
				return err
			}
			for name, text := range files {
				if err := replaceIfOther(filepath.Join(args[0], name), text); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// generated gives the files by name.
func generated() (map[string]string, error) {
	// The zero terminal, so that the files are the same wherever make runs.
	files := map[string]string{
		"packaging/man/holdfast.8":      manual(commands(terminal{})),
		"packaging/man/holdfast.conf.5": reference.Manual(manualDate, "holdfast "+version),
		"docs/keywords.md":              reference.Markdown(),
		"docs/findings.md":              finding.Markdown(),
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		var b strings.Builder
		if err := writeCompletion(&b, commands(terminal{}), shell); err != nil {
			return nil, err
		}
		files["packaging/completions/"+shell] = b.String()
		// Under that name no subcommand may be offered, for there is none.
		files["packaging/completions/keepalived."+shell] = keepalivedCompletion(shell)
	}
	return files, nil
}

// replaceIfOther leaves a file with the same content alone, times and all.
func replaceIfOther(name, text string) error {
	// Make goes by times: a file that did not change must not look newer than what is made of it.
	if have, err := os.ReadFile(name); err == nil && string(have) == text {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o644)
}
