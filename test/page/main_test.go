//go:build e2e

package page

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// patience is how long a test waits for what has to come.
const patience = 90 * time.Second

const insideEnv = "PAGE_TEST_INSIDE"

// TestMain begins anew in namespaces in which there is nothing but this test: nobody from elsewhere is asked for
// anything.
func TestMain(m *testing.M) {
	if os.Getenv(insideEnv) != "" {
		os.Exit(m.Run())
	}
	cmd := exec.Command("/bin/sh", append([]string{"-c", `mount --make-rprivate / && mount -t tmpfs tmpfs /run &&
		ip link set lo up && exec "$0" "$@"`, os.Args[0]}, os.Args[1:]...)...)
	cmd.Env = append(os.Environ(), insideEnv+"=1")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// root is the top of the repository.
func root(t *testing.T, below ...string) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(append([]string{dir}, below...)...)
}

// must ends a test that cannot go on.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not in %v: %s", patience, what)
}

// A browser is one window of chromium.
type browser struct {
	t   *testing.T
	ctx context.Context
}

// browse opens a window; dark is what its user likes.
func browse(t *testing.T, dark bool) *browser {
	t.Helper()
	o := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox,
		chromedp.WindowSize(1280, 900), chromedp.WSURLReadTimeout(patience), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("blink-settings", map[bool]string{false: "preferredColorScheme=1", true: "preferredColorScheme=0"}[dark]))
	alloc, end := chromedp.NewExecAllocator(context.Background(), o...)
	t.Cleanup(end)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(end)
	b := &browser{t, ctx}
	b.do(chromedp.Navigate("about:blank"))
	return b
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// eval gives the value of an expression.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	must(b.t, err)
	return value
}

// run runs an expression.
func (b *browser) run(expression string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](expression))
}

// text is what stands in an element.
func (b *browser) text(selector string) string {
	b.t.Helper()
	return eval[string](b, fmt.Sprintf("(document.querySelector(%q) || {}).innerText || ''", selector))
}

// waits waits until an expression is true.
func (b *browser) waits(expression string) {
	b.t.Helper()
	eventually(b.t, expression, func() bool { return eval[bool](b, "Boolean("+expression+")") })
}

// shoot takes a picture of the whole page.
func (b *browser) shoot(name string) {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	must(b.t, err)
	must(b.t, os.MkdirAll(root(b.t, "bin", "page"), 0o755))
	must(b.t, os.WriteFile(root(b.t, "bin", "page", name+".png"), png, 0o644))
}

// accessible has axe look at the page.
func (b *browser) accessible(what string) {
	b.t.Helper()
	axe, err := os.ReadFile(root(b.t, "bin", "axe", "package", "axe.min.js"))
	must(b.t, err)
	// The policy of the page does not keep whoever has the browser from running a script.
	b.run(string(axe) + ";0")
	type violation struct {
		ID, Impact, Help string
		Nodes            []string
	}
	found := eval[[]violation](b, `axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations.map((v) => ({ID: v.id,
		Impact: v.impact, Help: v.help, Nodes: v.nodes.slice(0, 4).map((n) => n.html + " " + n.failureSummary)})))`)
	for _, v := range found {
		b.t.Errorf("%s: %s (%s): %s: %q", what, v.ID, v.Impact, v.Help, v.Nodes)
	}
}

// opens opens an address, and notes whatever its policy forbids and whatever runs that should not.
func (b *browser) opens(url string) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, at *chromedp.Target) error {
		_, err := cdp.Call(ctx, at, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `window.forbidden = [];
			document.addEventListener("securitypolicyviolation", (e) => window.forbidden.push(e.violatedDirective + " " + e.blockedURI));
			addEventListener("error", (e) => window.forbidden.push(String(e.message)));
			addEventListener("unhandledrejection", (e) => window.forbidden.push(String(e.reason)));`})
		return err
	}), chromedp.Navigate(url))
}

// violated reports whether something did, and says what.
func (b *browser) violated() bool {
	b.t.Helper()
	all := eval[[]string](b, `window.forbidden`)
	for _, v := range all {
		b.t.Error(v)
	}
	return len(all) > 0 || eval[bool](b, `"hacked" in window`)
}

// focus gives something the focus.
func (b *browser) focus(selector string) {
	b.run(fmt.Sprintf("document.querySelector(%q).focus()", selector))
}
