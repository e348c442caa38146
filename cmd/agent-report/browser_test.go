package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"agentreport/bot/fakeslack"
	"agentreport/reports"
	"agentreport/store"
	"agentreport/store/sqlite"
)

// client is the demo's page in a real browser.
type client struct {
	t        *testing.T
	ctx      context.Context
	address  string
	mu       sync.Mutex
	problems []string // errors in the browser's console
}

// findChromium is the browser, or skips the test.
func findChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("no Chromium here: .ci/run installs it")
	}
	t.Skip("no Chromium here: install it to test the demo's page (apt-get install chromium)")
	return ""
}

// openDemo starts the demo and a browser that shows it.
func openDemo(t *testing.T) *client {
	t.Helper()
	path := findChromium(t)
	rules := reports.Rules{Zone: time.UTC, Window: reports.DefaultWindow}
	backend, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), backend, rules)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	ctx, stop := context.WithCancel(context.Background())
	d := newDemo(&app{ctx: ctx, cfg: &Config{}, terminal: terminal{strings.NewReader(""), &said, t.Output()}}, s, rules)
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- d.run(ctx, reports.Standard, listener, func(address string) { ready <- address }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the demo: %v", err)
		}
		s.Close()
	})
	c := &client{t: t}
	select {
	case c.address = <-ready:
	case err := <-ended:
		t.Fatalf("the demo: %v", err)
	case <-time.After(2 * time.Minute):
		t.Fatal("the demo did not start")
	}

	b := openChromium(t, path, c.address)
	b.size(1280, 900)
	b.visit("")
	return b
}

// openChromium starts a browser for an address.
func openChromium(t *testing.T, path, address string) *client {
	t.Helper()
	c := &client{t: t, address: address}
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()), chromedp.Flag("hide-scrollbars", true))...)
	browser, stopBrowser := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		stopBrowser()
		stopAlloc()
	})
	c.ctx = browser
	if err := chromedp.Do(browser); err != nil {
		t.Fatal(err)
	}
	messages := chromedp.Console(browser)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			switch m.Type {
			case chromedp.ConsoleError, chromedp.ConsoleWarning, chromedp.ConsoleException:
				c.mu.Lock()
				c.problems = append(c.problems, m.String())
				c.mu.Unlock()
			}
		}
	}()
	return c
}

// quiet holds that the browser had nothing to complain of.
func (c *client) quiet() {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.problems {
		c.t.Errorf("console: %s", p)
	}
}

// do runs an action and names it where it fails.
func (c *client) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, 20*time.Second)
	defer cancel()
	for _, a := range actions {
		if err := chromedp.Do(ctx, a); err != nil {
			c.shot("failed")
			c.t.Fatalf("%s: %v; the page says %.3000s", what, err, c.text("body"))
		}
	}
}

func (c *client) visit(query string) {
	c.t.Helper()
	c.do("open "+query, chromedp.Navigate(c.address+"/"+query))
	c.waits("#messages", "Agent Report")
}

func (c *client) size(width, height int64) {
	c.t.Helper()
	c.do("size", chromedp.EmulateViewport(width, height, chromedp.EmulateScale(1)))
}

func (c *client) dark(on bool) {
	c.t.Helper()
	value := map[bool]string{true: "dark", false: "light"}[on]
	c.do("colours", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}}})
		return err
	}))
}

// js is the value of an expression on the page.
func js[T any](c *client, expression string) T {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, 20*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		c.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func (c *client) text(selector string) string {
	c.t.Helper()
	return js[string](c, "(document.querySelector("+quoted(selector)+")?.innerText || '')")
}

// waits until something on the page says a text, or does not where it begins
// with "!".
func (c *client) waits(selector, says string) {
	c.t.Helper()
	want, not := says, "false"
	if rest, ok := strings.CutPrefix(says, "!"); ok {
		want, not = rest, "true"
	}
	ok := js[bool](c, fmt.Sprintf(`new Promise((done) => {
		const end = Date.now() + 15000;
		(function look() {
			const node = document.querySelector(%s);
			if ((node ? node.innerText : "").includes(%s) !== %s) done(true);
			else if (Date.now() > end) done(false);
			else setTimeout(look, 40);
		})();
	})`, quoted(selector), quoted(want), not))
	if !ok {
		c.shot("failed")
		c.t.Fatalf("%s never says %q; it says %.3000s", selector, says, c.text(selector))
	}
}

// press clicks what bears an action, the first whose value or text is the given
// one, after it has come to the top.
func (c *client) press(selector, says string) {
	c.t.Helper()
	hit := js[bool](c, fmt.Sprintf(`new Promise((done) => {
		const end = Date.now() + 10000;
		(function look() {
			const found = [...document.querySelectorAll(%s)].find((n) => !n.disabled && (%s === "" || n.innerText.trim() === %s || n.dataset.value === %s));
			if (found) {
				found.scrollIntoView({ block: "center" });
				const r = found.getBoundingClientRect();
				const top = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
				if (top && (found.contains(top) || top.contains(found))) { found.focus(); found.click(); return done(true); }
			}
			if (Date.now() > end) done(false);
			else setTimeout(look, 40);
		})();
	})`, quoted(selector), quoted(says), quoted(says), quoted(says)))
	if !hit {
		c.shot("failed")
		c.t.Fatalf("there is no %s %q to press: %.3000s", selector, says, c.text("body"))
	}
}

// types types over what stands in a field.
func (c *client) types(selector, text string) {
	c.t.Helper()
	c.waits(selector, "")
	js[chromedp.Void](c, "document.querySelector("+quoted(selector)+").focus(), document.querySelector("+quoted(selector)+").select()")
	c.do("type in "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// command types a slash command.
func (c *client) command(text string) {
	c.t.Helper()
	c.types("#text", text+"\n")
}

// shot keeps a picture of the page, where AGENT_REPORT_SHOTS says.
func (c *client) shot(name string) {
	c.t.Helper()
	dir := os.Getenv("AGENT_REPORT_SHOTS")
	if dir == "" {
		return
	}
	js[chromedp.Void](c, "Promise.all([...document.images].map((i) => i.complete || new Promise((r) => { i.onload = i.onerror = r; i.loading = 'eager' })))")
	png, err := chromedp.Run(c.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		c.t.Errorf("picture %s: %v", name, err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		c.t.Error(err)
	}
}

// accessible checks what stands on the page with axe-core, where it is installed.
func (c *client) accessible(what string) {
	c.t.Helper()
	source, err := os.ReadFile(os.Getenv("AXE_CORE"))
	if err != nil {
		if os.Getenv("CI") != "" {
			c.t.Errorf("AXE_CORE: %v", err)
		}
		return
	}
	js[chromedp.Void](c, string(source))
	type violation struct {
		ID    string `json:"id"`
		Help  string `json:"help"`
		Nodes []struct {
			HTML string `json:"html"`
		} `json:"nodes"`
	}
	for _, v := range js[[]violation](c, `axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations)`) {
		c.t.Errorf("%s: axe %s: %s: %d times, such as %s", what, v.ID, v.Help, len(v.Nodes), v.Nodes[0].HTML)
	}
}

// TestStorybook holds that every golden view is drawn, with nothing in it that
// the page does not know.
func TestStorybook(t *testing.T) {
	path := findChromium(t)
	book := httptest.NewServer(fakeslack.Storybook(os.DirFS(filepath.Join("..", "..", "bot", "views", "testdata"))))
	defer book.Close()
	c := openChromium(t, path, book.URL)
	c.do("open", chromedp.Navigate(c.address))
	c.waits("#sheet", "Knowledge gaps")
	if n := js[int](c, "document.querySelectorAll('#sheet section').length"); n < 50 {
		t.Errorf("the sheet has %d views", n)
	}
	if got := js[string](c, "[...document.querySelectorAll('.unknown')].map((n) => n.innerText).join(', ')"); got != "" {
		t.Errorf("not drawn: %s", got)
	}
	c.shot("storybook")
	c.quiet()

	// Every form of the digest fits the first screen of a phone. Its own column is narrower.
	c.size(390, 844)
	type fit struct {
		Name   string
		Height float64
	}
	for _, f := range js[[]fit](c, `[...document.querySelectorAll("#sheet section[aria-label^='digest ']")].map((s) => ({ Name: s.getAttribute("aria-label"), Height: `+toFirstGap("s")+` }))`) {
		if f.Height > 844 && !strings.HasPrefix(f.Name, "digest long") { // names of 300 characters
			t.Errorf("%s: %.0f pixels to the first gap's button on a phone; want 844", f.Name, f.Height)
		}
	}
}

// toFirstGap measures, in a script, an element from the digest's header to the end of the
// first gap's button; 0 where it has none.
func toFirstGap(element string) string {
	return "((e) => { const b = e.querySelector('[data-action=digest_topic]'), h = [...e.querySelectorAll('h2')].find((x) => /Impact|Impacto/.test(x.innerText)); return b ? b.getBoundingClientRect().bottom - h.getBoundingClientRect().top : 0; })(" + element + ")"
}

// TestDemo is what a newcomer does: sees the digest, finds a gap, answers it,
// and reads next Monday what came of it.
func TestDemo(t *testing.T) {
	c := openDemo(t)
	for part, want := range map[string]int{"#messages > article:last-child > .said > figure img": 2, "#messages > article:last-child .thread figure img": 2} {
		if n := js[int](c, "document.querySelectorAll('"+part+"').length"); n != want {
			t.Errorf("%d charts in %s; want %d", n, part, want)
		}
	}
	c.accessible("the digest")
	for _, screen := range []struct{ width, height, most int64 }{{390, 844, 844}, {1440, 900, 900}, {1280, 900, 900}} {
		c.size(screen.width, screen.height)
		c.visit("")
		c.waits("#messages > article:last-child", "Answer")
		if got := js[float64](c, toFirstGap("document.querySelector('#messages > article:last-child')")); got == 0 || got > float64(screen.most) {
			t.Errorf("%.0f pixels to the first gap's button at a width of %d; want %d", got, screen.width, screen.most)
		}
		for _, dark := range []bool{false, true} {
			c.dark(dark)
			js[chromedp.Void](c, "document.querySelector('#messages > article:last-child').scrollIntoView()")
			c.shot(fmt.Sprintf("digest-%d-%v", screen.width, dark))
			js[chromedp.Void](c, "document.querySelector('#messages > article:last-child figure').scrollIntoView()")
			c.shot(fmt.Sprintf("charts-%d-%v", screen.width, dark))
		}
		c.dark(false)
	}
	c.shot("digest")
	js[chromedp.Void](c, "document.querySelector('#messages > article:last-child').scrollIntoView()")
	c.shot("digest-top")

	c.command("/agent-report gaps")
	c.waits(".modal", "Knowledge gaps")
	c.waits(".modal", "conversations")
	c.accessible("the gaps")
	c.shot("gaps")
	name := js[string](c, "document.querySelector('.modal .section strong').innerText")
	c.press(".modal [data-action=gaps_open]", "")
	c.waits(".modal", "Create short answer")
	c.accessible("a topic")
	c.shot("topic")

	// Two questions are dismissed, and opened again.
	before := c.text(".modal .context")
	c.press(".modal input[data-action=topic_tick]", "")
	js[chromedp.Void](c, "document.querySelectorAll('.modal input[data-action=topic_tick]')[1].click()")
	c.press(".modal [data-action=topic_dismiss]", "")
	c.waits(".modal", "2 questions will be taken")
	c.press(".modal button[type=submit]", "")
	c.waits(".modal", "2 questions dismissed")
	c.press(".modal [data-action=topic_reopen]", "")
	c.waits(".modal .context", before)

	c.press(".modal [data-action=topic_answer]", "")
	c.waits(".modal", "It closes")
	c.types(".modal textarea[data-action=answer_text]", "*Refunds* arrive within five days of the parcel reaching us.")
	c.press(".modal [data-action=answer_preview]", "")
	c.waits(".modal .section strong", "")
	c.accessible("the form")
	if got := js[string](c, "document.querySelector('.modal textarea[data-action=answer_question]').value"); got != name {
		t.Errorf("the question is prefilled with %q; want %q", got, name)
	}
	c.shot("answer")
	c.press(".modal button[type=submit]", "")
	c.waits(".modal", "Answered:")
	c.shot("answered")
	c.press(".modal [data-key=close]", "")
	c.waits(".modal", "Knowledge gaps")
	c.waits(".modal", "!"+name)
	c.press(".modal [data-key=close]", "")

	c.press("[data-place=home]", "")
	c.waits("#messages", "Impact last week")
	c.accessible("the home")
	c.shot("home")
	c.press("[data-place=C0000000001]", "")
	count := js[int](c, "document.querySelectorAll('article').length")
	c.press("#monday", "")
	js[bool](c, fmt.Sprintf("new Promise((done) => { const end = Date.now() + 19000; (function look() { if (document.querySelectorAll('article').length > %d || Date.now() > end) done(true); else setTimeout(look, 100); })(); })", count))
	c.waits("#messages > article:last-child", "You answered")
	js[chromedp.Void](c, "[...document.querySelectorAll('#messages > article:last-child .block')].find((b) => b.innerText.includes('You answered')).scrollIntoView({ block: 'center' })")
	c.shot("next-monday")
	c.press("#inspect", "")
	c.waits("#inspector", "chat.postMessage")
	for _, name := range []string{"hubspot", "intercom", "rasa"} {
		c.press("#inspector .webhooks button", name)
		c.waits("#toast", name+`: {"accepted":`)
		c.waits("#inspector", "POST /v1/sources/"+name)
	}
	c.shot("requests")
	c.accessible("the requests")
	c.press("#inspect", "")

	// A channel that the bot is not in is said before saving; the keyboard alone
	// gets out again.
	c.command("/agent-report schedule")
	c.waits(".modal", "every Monday at 09:00")
	c.press(".modal [data-action=schedules_new]", "")
	c.waits(".modal", "Time zone")
	c.accessible("the form for a schedule")
	js[chromedp.Void](c, "{ const s = document.querySelector('.modal select[data-action=schedule_channel]'); s.value = 'C0000000002'; s.dispatchEvent(new Event('change')); }")
	c.press(".modal button[type=submit]", "")
	c.waits(".modal .error", "I am not in that channel")
	c.shot("schedule")
	c.do("Escape", chromedp.KeyEvent("\x1b"))
	c.waits(".modal", "every Monday at 09:00")
	c.do("Escape", chromedp.KeyEvent("\x1b"))
	c.waits("#modals", "!Digest schedules")

	// A sample ticket shows what is known of it.
	c.press("#messages > article .thread summary", "1 reply")
	c.press("article a[href*='help.shop.example']", "")
	c.waits("#messages > article:last-child", "Conversation S")

	// Spanish, and dark.
	c.dark(true)
	c.visit("?user=" + fakeslack.SpanishEditor)
	c.command("/agent-report rates últimas 8 semanas")
	c.waits("#messages > article:last-child", "Solo tú puedes verlo")
	c.waits("#messages > article:last-child", "Publicar en el canal")
	c.accessible("dark, in Spanish")
	js[chromedp.Void](c, "document.querySelector('#messages > article:last-child').scrollIntoView()")
	c.shot("spanish-dark")

	// Who may only look is not offered more; a guest is refused.
	c.visit("?user=U00000000VW")
	c.command("/agent-report gaps")
	c.press(".modal [data-action=gaps_open]", "")
	c.waits(".modal", "preguntas")
	if strings.Contains(c.text(".modal"), "Crear respuesta corta") {
		t.Error("a viewer can write an answer")
	}
	c.visit("?user=U00000000GU")
	c.command("/agent-report")
	c.waits("#messages > article:last-child", "guests of the workspace cannot use this bot")

	// A phone.
	c.dark(false)
	c.size(390, 844)
	c.visit("")
	c.command("/agent-report gaps")
	c.waits(".modal", "conversations")
	if js[int](c, "document.documentElement.scrollWidth") > 390 {
		t.Error("the page is wider than a phone")
	}
	c.accessible("a phone")
	c.shot("phone")

	c.quiet()
}
