package fakeslack

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// surface is where blocks are shown.
type surface struct {
	name   string
	blocks int
}

var (
	messageSurface = surface{"message", 50}
	viewSurface    = surface{"view", 100}
)

// node is a JSON object of Block Kit.
type node = map[string]any

// checkBlocks lists what Slack would refuse.
func (s *Server) checkBlocks(raw json.RawMessage, where surface) []string {
	var blocks []node
	if err := json.Unmarshal(raw, &blocks); err != nil {
		return []string{"blocks is not a list of objects"}
	}
	c := &checker{server: s, where: where, ids: map[string]bool{}}
	if len(blocks) > where.blocks {
		c.bad("blocks", "no more than %d items allowed [json-pointer:/blocks]", where.blocks)
	}
	for i, b := range blocks {
		c.block(fmt.Sprintf("/blocks/%d", i), b)
	}
	return c.problems
}

// Refuses lists what Slack would refuse in the blocks of a message.
func (s *Server) Refuses(blocks json.RawMessage) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.checkBlocks(blocks, messageSurface)
}

// RefusesView is what Slack would refuse in a modal or a home view.
func (s *Server) RefusesView(view json.RawMessage) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.checkView(string(view))
	var in invalid
	if errors.As(err, &in) {
		return in.messages
	}
	if err != nil {
		return []string{err.Error()}
	}
	return nil
}

func (s *Server) checkView(raw string) error {
	var v node
	if json.Unmarshal([]byte(raw), &v) != nil {
		return problem("invalid_arguments")
	}
	c := &checker{server: s, where: viewSurface, ids: map[string]bool{}}
	kind := str(v["type"])
	if kind != "modal" && kind != "home" {
		c.bad("/type", "must be modal or home")
	}
	if kind == "modal" {
		for _, part := range []string{"title", "submit", "close"} {
			if v[part] != nil || part == "title" {
				c.text("/"+part, v[part], 24)
			}
		}
	}
	c.length("/private_metadata", str(v["private_metadata"]), 3000)
	c.length("/callback_id", str(v["callback_id"]), 255)
	if len(raw) > 250_000 {
		return problem("view_too_large")
	}
	blocks, err := json.Marshal(v["blocks"])
	if err != nil {
		return problem("invalid_arguments")
	}
	c.problems = append(c.problems, s.checkBlocks(blocks, viewSurface)...)
	if len(c.problems) > 0 {
		return invalid{"invalid_arguments", c.problems}
	}
	return nil
}

type checker struct {
	server   *Server
	where    surface
	ids      map[string]bool
	problems []string
}

func (c *checker) bad(at, format string, args ...any) {
	c.problems = append(c.problems, "[ERROR] "+fmt.Sprintf(format, args...)+" [json-pointer:"+at+"]")
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

func items(v any) []node {
	list, _ := v.([]any)
	out := make([]node, 0, len(list))
	for _, x := range list {
		n, _ := x.(node)
		out = append(out, n)
	}
	return out
}

func (c *checker) length(at, s string, most int) {
	if n := utf8.RuneCountInString(s); n > most {
		c.bad(at, "must be less than %d characters", most+1)
	}
}

// text is a text object, which may not be empty.
func (c *checker) text(at string, v any, most int) {
	t, ok := v.(node)
	if !ok {
		c.bad(at, "missing required field: text")
		return
	}
	s := str(t["text"])
	if s == "" {
		c.bad(at+"/text", "must be more than 0 characters")
	}
	if kind := str(t["type"]); kind != "plain_text" && kind != "mrkdwn" {
		c.bad(at+"/type", "unsupported type: %s", kind)
	}
	c.length(at+"/text", s, most)
}

func (c *checker) plain(at string, v any, most int) {
	c.text(at, v, most)
	if t, ok := v.(node); ok && str(t["type"]) != "plain_text" {
		c.bad(at+"/type", "must be plain_text")
	}
}

func (c *checker) count(at string, n, most int) {
	if n > most {
		c.bad(at, "no more than %d items allowed", most)
	}
	if n == 0 {
		c.bad(at, "no items")
	}
}

func (c *checker) block(at string, b node) {
	c.length(at+"/block_id", str(b["block_id"]), 255)
	if id := str(b["block_id"]); id != "" {
		if c.ids[id] {
			c.bad(at+"/block_id", "block_id already exists: %s", id)
		}
		c.ids[id] = true
	}
	switch kind := str(b["type"]); kind {
	case "section":
		fields := items(b["fields"])
		if b["text"] != nil || len(fields) == 0 {
			c.text(at+"/text", b["text"], 3000)
		}
		if len(fields) > 0 {
			c.count(at+"/fields", len(fields), 10)
		}
		for i, f := range fields {
			c.text(fmt.Sprintf("%s/fields/%d", at, i), f, 2000)
		}
		if a, ok := b["accessory"].(node); ok {
			c.element(at+"/accessory", a)
		}
	case "header":
		c.plain(at+"/text", b["text"], 150)
	case "context":
		list := items(b["elements"])
		c.count(at+"/elements", len(list), 10)
		for i, e := range list {
			p := fmt.Sprintf("%s/elements/%d", at, i)
			if str(e["type"]) == "image" {
				c.image(p, e)
			} else {
				c.text(p, e, 3000)
			}
		}
	case "divider":
	case "image":
		c.image(at, b)
		if b["title"] != nil {
			c.plain(at+"/title", b["title"], 2000)
		}
	case "actions":
		list := items(b["elements"])
		c.count(at+"/elements", len(list), 25)
		for i, e := range list {
			c.element(fmt.Sprintf("%s/elements/%d", at, i), e)
		}
	case "input":
		c.plain(at+"/label", b["label"], 2000)
		if b["hint"] != nil {
			c.plain(at+"/hint", b["hint"], 2000)
		}
		e, _ := b["element"].(node)
		c.element(at+"/element", e)
	case "data_table":
		if rows := items(b["rows"]); len(rows) > 100 {
			c.bad(at+"/rows", "no more than 100 items allowed")
		}
		if str(b["caption"]) == "" {
			c.bad(at+"/caption", "missing required field: caption")
		}
	case "data_visualization":
		if c.where != messageSurface {
			c.bad(at, "not allowed in a view")
		}
		if t := str(b["title"]); utf8.RuneCountInString(t) > 50 {
			c.bad(at+"/title", "must be less than 51 characters")
		}
	default:
		c.bad(at+"/type", "unsupported type: %s", kind)
	}
}

func (c *checker) image(at string, b node) {
	alt := str(b["alt_text"])
	if alt == "" {
		c.bad(at+"/alt_text", "missing required field: alt_text")
	}
	c.length(at+"/alt_text", alt, 2000)
	c.length(at+"/image_url", str(b["image_url"]), 3000)
	file, ok := b["slack_file"].(node)
	if !ok {
		if str(b["image_url"]) == "" {
			c.bad(at, "one of image_url and slack_file is required")
		}
		return
	}
	if f := c.server.files[str(file["id"])]; f == nil || !c.server.ready(f) {
		c.bad(at+"/slack_file", "invalid slack file")
	}
}

var elements = []string{
	"button", "overflow", "static_select", "external_select", "multi_static_select", "conversations_select", "users_select",
	"plain_text_input", "rich_text_input", "checkboxes", "radio_buttons", "datepicker", "timepicker", "number_input", "url_text_input",
}

func (c *checker) element(at string, e node) {
	kind := str(e["type"])
	if !slices.Contains(elements, kind) {
		c.bad(at+"/type", "unsupported type: %s", kind)
		return
	}
	c.length(at+"/action_id", str(e["action_id"]), 255)
	if e["placeholder"] != nil {
		c.plain(at+"/placeholder", e["placeholder"], 150)
	}
	switch kind {
	case "button":
		c.plain(at+"/text", e["text"], 75)
		c.length(at+"/value", str(e["value"]), 2000)
		c.length(at+"/url", str(e["url"]), 3000)
	case "plain_text_input":
		c.length(at+"/initial_value", str(e["initial_value"]), 3000)
	}
	most := map[string]int{"checkboxes": 10, "radio_buttons": 10, "overflow": 5}[kind]
	if most == 0 {
		most = 100
	}
	for _, name := range []string{"options", "initial_options"} {
		list := items(e[name])
		if len(list) > most {
			c.bad(at+"/"+name, "no more than %d items allowed", most)
		}
		for i, o := range list {
			p := fmt.Sprintf("%s/%s/%d", at, name, i)
			c.text(p+"/text", o["text"], 75)
			c.length(p+"/value", str(o["value"]), 150)
			if o["description"] != nil {
				c.text(p+"/description", o["description"], 75)
			}
		}
	}
}
