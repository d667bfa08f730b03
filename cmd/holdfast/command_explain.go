package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/config/finding"
	"holdfast/config/reference"
)

// explainCommand answers questions about keywords out of the keyword table.
func explainCommand() *cobra.Command {
	c := &cobra.Command{
		Use:        "explain [KEYWORD|RULE]",
		SuggestFor: []string{"man", "doc", "describe"},
		Short:      "what a keyword means, takes and defaults to; what a finding means",
		Long: "Tells about a keyword of the configuration file, or BLOCK.KEYWORD: arguments, range, unit, default,\n" +
			"since when keepalived has it, whether it has its effect here, where it may stand, and an example. A\n" +
			"keyword of several blocks is told for all of them. A block alone lists its keywords; nothing lists the\n" +
			"blocks. The RULE of a finding, as JSON and SARIF name it, is explained as well.",
		Example: "  holdfast explain priority\n  holdfast explain real_server.weight\n" +
			"  holdfast explain virtual_server --format json\n" +
			"  holdfast explain missing-close-brace\n  holdfast explain --unsupported",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeKeyword,
	}
	unsupported := c.Flags().Bool("unsupported", false, "list every keyword that has no effect yet")
	format := formats(c, "text", "json")
	c.RunE = func(c *cobra.Command, args []string) error {
		w, json := c.OutOrStdout(), *format == "json"
		switch {
		case *unsupported && len(args) > 0:
			return fmt.Errorf("--unsupported lists all keywords; leave %s out", args[0])
		case *unsupported && json:
			return reference.WriteJSON(w, reference.Unsupported())
		case *unsupported:
			return reference.WriteList(w, reference.Unsupported())
		// Without a word the blocks are listed: somebody wants to know what can be asked.
		case len(args) == 0 && json:
			return reference.WriteJSON(w, reference.Blocks())
		case len(args) == 0:
			return reference.WriteBlocks(w, reference.Blocks())
		}
		// A keyword comes before a rule: only where there is no keyword can the word be a rule.
		answer := reference.Lookup(args[0])
		if rule, ok := finding.RuleOf(args[0]); ok && !answer.Found() {
			if json {
				return reference.WriteJSON(w, rule)
			}
			fmt.Fprintf(w, "%s\n\n  %s\n", rule.ID, rule.Help)
			return nil
		}
		if !answer.Found() {
			text := "there is no keyword " + args[0]
			if len(answer.Near) > 0 {
				text += "; did you mean " + strings.Join(answer.Near, " or ") + "?"
			}
			// 1 and not 2: the question was well put, and the answer is that there is no such word.
			fmt.Fprintln(c.ErrOrStderr(), "holdfast explain: "+text)
			return status(1)
		}
		if json {
			return reference.WriteJSON(w, answer)
		}
		return reference.WriteAnswer(w, answer)
	}
	return c
}

// completeKeyword completes KEYWORD, and BLOCK.KEYWORD once there is a dot.
func completeKeyword(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	// There is one word to complete, and it is never the name of a file.
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return reference.Complete(typed), cobra.ShellCompDirectiveNoFileComp
}
