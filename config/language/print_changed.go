package language

import (
	"strings"

	"holdfast/config"
	"holdfast/config/syntax"
)

// rounds bounds how often what was left out too much is put back: a default may come from a statement
// that has a default itself.
const rounds = 4

// changed is the printed form without the statements that say no more than their absence. What is left
// means the same as the whole: what does not is the whole.
func changed(c *config.Config, whole []item, env Env) []item {
	// By the path of keys to a statement, so that `priority 90` in one block does not keep it in
	// another.
	kept := map[string]bool{}
	// What stands for all comes first: the defaults of the others depend on it.
	// Statements of global_defs and those without a block.
	var general []item
	for _, it := range whole {
		if !it.opens || it.text() == "global_defs" {
			general = append(general, it)
		}
	}
	// With nothing but the blocks, what differs is what the general statements say.
	keepDifferent(general, rebound(pruned(whole, "", kept), env), "", kept)
	bare := rebound(pruned(whole, "", kept), env)
	for range rounds {
		keepDifferent(whole, bare, "", kept)
		// Each round keeps what the one before left out too much.
		short := pruned(whole, "", kept)
		again := bindItems(short, env)
		// Compared are configurations, not texts: what is left out has come back as a default.
		if config.Equal(c, again) {
			return short
		}
		bare = outline(again)
	}
	// It did not settle: too much is better than something else.
	return whole
}

// keepDifferent notes the statements of the whole that the bare form, whose defaults were filled in, has
// not the same.
func keepDifferent(whole, bare []item, path string, kept map[string]bool) {
	with := map[string]item{}
	seen := map[string]int{}
	for _, it := range bare {
		// The same line twice in a block is two keys, and each needs its counterpart.
		with[numbered(seen, it.text())] = it
	}
	seen = map[string]int{}
	for _, it := range whole {
		key := numbered(seen, it.text())
		same, there := with[key]
		if !there {
			kept[path+"\n"+key] = true
		}
		// A block that is not there has no items: all of its statements differ then.
		if it.opens {
			keepDifferent(it.items, same.items, path+"\n"+key, kept)
		}
	}
}

// pruned is the whole without the statements that are not kept. Blocks and what they cannot do without stay,
// but for an empty block of settings, which identifies nothing.
func pruned(whole []item, path string, kept map[string]bool) []item {
	var out []item
	seen := map[string]int{}
	for _, it := range whole {
		key := path + "\n" + numbered(seen, it.text())
		if it.opens {
			it.items = pruned(it.items, key, kept)
			if len(it.items) > 0 || it.text() != "global_defs" {
				out = append(out, it)
			}
			continue
		}
		// An entry of a list has no default.
		if it.needed || it.entry || kept[key] {
			out = append(out, it)
		}
	}
	return out
}

// bindItems is the configuration that printed statements mean.
func bindItems(items []item, env Env) *config.Config {
	var text strings.Builder
	for _, it := range items {
		it.write(&text, "")
	}
	// The findings are about a text that nobody wrote.
	c, _ := Bind(syntax.Load(syntax.MapSource{"printed": text.String()}, "printed", syntax.Options{}), env)
	return c
}

// rebound is the printed form of what statements mean: with every default.
func rebound(items []item, env Env) []item { return outline(bindItems(items, env)) }
