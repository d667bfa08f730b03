//go:build e2e

package container

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// An image is what a Containerfile makes.
type image struct {
	root        string
	entrypoint  []string
	healthcheck []string
	stop        string // signal
}

// build carries a Containerfile out on the files of a folder. It knows what is in ours, and no more.
func build(containerfile, context, root string) (image, error) {
	img := image{root: root}
	text, err := os.ReadFile(containerfile)
	if err != nil {
		return img, err
	}
	args := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = os.Expand(rest, func(name string) string { return args[name] })
		switch word {
		case "":
		case "FROM":
			if rest != "scratch" {
				return img, fmt.Errorf("FROM %s", rest)
			}
		case "ARG":
			name, value, _ := strings.Cut(rest, "=")
			args[name] = value
		case "ADD":
			err = img.add(context, rest)
		case "WORKDIR":
			err = os.MkdirAll(filepath.Join(root, rest), 0o755)
		case "STOPSIGNAL":
			img.stop = rest
		case "ENTRYPOINT":
			err = json.Unmarshal([]byte(rest), &img.entrypoint)
		case "HEALTHCHECK":
			err = json.Unmarshal([]byte(strings.TrimPrefix(rest, "CMD ")), &img.healthcheck)
		default:
			err = fmt.Errorf("unknown instruction")
		}
		if err != nil {
			return img, fmt.Errorf("%s: %v", strings.TrimSpace(line), err)
		}
	}
	return img, nil
}

// add unpacks a tar of the context, as engines do.
func (i image) add(context, rest string) error {
	pattern, to, _ := strings.Cut(rest, " ")
	found, err := filepath.Glob(filepath.Join(context, pattern))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("%d files, %v", len(found), err)
	}
	out, err := exec.Command("tar", "-C", filepath.Join(i.root, to), "-xzf", found[0]).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%v: %s", err, out)
	}
	return nil
}
