package witness

import (
	"os"
	"slices"
	"strings"
)

// A text is one configuration that both are given.
type text struct {
	name  string // grammar number and what it is about
	main  string // the main file
	files map[string]string
	args  []string // -i, -e
	// differs says that holdfast reads it in another way on purpose, in words of
	// docs/compatibility.md.
	differs string
}

// place stands in texts and facts for the folder of the files.
const place = "DIR"

// mainName is the name of the main file.
const mainName = "k.conf"

// executable marks the content of a file that has an execute bit.
const executable = "#!executable\n"

// environment is that of both.
func environment() []string { return []string{"WITNESS=from outside", "EMPTY=", "PATH=/usr/bin:/bin"} }

// texts are all of them.
func texts() []text {
	return slices.Concat(lineTexts(), quoteTexts(), scriptTexts(), braceTexts(), blockTexts(), valueTexts(),
		includeTexts(), conditionTexts(), definitionTexts(), loopTexts(), mixedTexts())
}

// write makes the files of a text in a folder.
func (c text) write(dir string) error {
	all := map[string]string{mainName: c.main}
	for name, content := range c.files {
		all[name] = content
	}
	for name, content := range all {
		mode := os.FileMode(0o644)
		if strings.HasPrefix(content, executable) {
			mode = 0o755
		}
		path := dir + "/" + name
		if err := os.MkdirAll(path[:strings.LastIndexByte(path, '/')], 0o755); err != nil {
			return err
		}
		if strings.HasSuffix(name, "/") {
			continue
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(content, place, dir)), mode); err != nil {
			return err
		}
		if err := os.Chmod(path, mode); err != nil { // whatever the umask
			return err
		}
	}
	return nil
}

// keepalived tells mail addresses only with a sender.
const secure = "enable_script_security\nscript_user root\nnotification_email_from root@x\n"

// global is a text about statements in global_defs.
func global(lines ...string) string {
	return "global_defs {\n" + secure + strings.Join(lines, "\n") + "\n}\n" + instance
}

// instance is an instance that works.
const instance = "vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n"

// inside is a text about statements in an instance.
func inside(lines ...string) string {
	return "global_defs {\n" + secure +
		"}\nvrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n" +
		strings.Join(lines, "\n") + "\n}\n"
}

// addresses is a text about entries of virtual_ipaddress.
func addresses(lines ...string) string {
	return "vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n" + strings.Join(lines, "\n") +
		"\n}\n}\n"
}

// before is a text about statements at the root, before an instance.
func before(lines ...string) string {
	return "global_defs {\n" + secure + "}\n" + strings.Join(lines, "\n") + "\n" + instance
}
