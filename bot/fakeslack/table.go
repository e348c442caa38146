package fakeslack

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
)

// Where Slack's rules stand. The comments of its own TypeScript types are the most
// complete list of limits that it publishes.
const (
	types      = "@slack/types 3.2.0: "
	apiMethods = "docs.slack.dev/methods/"
	pages      = "docs.slack.dev/reference/block-kit/"
	modals     = "docs.slack.dev/surfaces/modals"
	verify     = "verify: no document says so"
)

// rules is everything for which the stand-in refuses a payload, each with its
// source. Rules that need more than the payload (triggers, hashes, rates, scopes)
// are in the methods.
var rules = []rule{
	// Views and messages
	{"modal", "title: maximum length of 24 characters, plain text, required", types + "views.d.ts ModalView.title", plainText("title", true, 24)},
	{"modal", "submit: max length of 24 characters, plain text", types + "views.d.ts ModalView.submit", plainText("submit", false, 24)},
	{"modal", "close: maximum length of 24 characters, plain text", types + "views.d.ts ModalView.close", plainText("close", false, 24)},
	{"modal", "submit is required when an input block is within the blocks array", types + "views.d.ts ModalView.submit; views.open answers “must define `submit` to use an `input` block in modals”", func(o *object, bad func(string, string)) {
		if o.node["submit"] == nil && slices.ContainsFunc(o.all.objects, func(x *object) bool { return x.role == "block" && x.kind == "input" }) {
			bad("submit", "must define `submit` to use an `input` block in modals")
		}
	}},
	{"home", "title, submit and close are of modals alone", types + "views.d.ts HomeView", func(o *object, bad func(string, string)) {
		for _, field := range []string{"title", "submit", "close", "clear_on_close", "notify_on_close"} {
			if o.node[field] != nil {
				bad(field, "not allowed in a home view")
			}
		}
	}},
	{"modal", "blocks: max of 100 blocks", types + "views.d.ts BaseView.blocks", items("blocks", 0, 100)},
	{"home", "blocks: max of 100 blocks", types + "views.d.ts BaseView.blocks", items("blocks", 0, 100)},
	{"message", "you can include up to 50 blocks in each message", pages + "blocks", items("blocks", 0, 50)},
	{"view", "private_metadata: maximum length of 3000 characters", types + "views.d.ts BaseView.private_metadata", longest("private_metadata", 3000)},
	{"view", "callback_id: maximum length of 255 characters", types + "views.d.ts BaseView.callback_id", longest("callback_id", 255)},
	{"view", "focus_on_load: only one element can be set to true", types + "extensions.d.ts FocusOnLoadable", func(o *object, bad func(string, string)) {
		n := 0
		for _, x := range o.all.objects {
			if x.node["focus_on_load"] == true {
				n++
			}
		}
		if n > 1 {
			bad("blocks", "focus_on_load can only be set to true on one element")
		}
	}},
	{"view", "block_id should be unique for each message and view", types + "blocks.d.ts Block.block_id", func(o *object, bad func(string, string)) {
		seen := map[string]bool{}
		for _, x := range o.all.objects {
			id := str(x.node["block_id"])
			if x.role == "block" && id != "" && seen[id] {
				bad("blocks", "block_id already exists: "+id)
			}
			seen[id] = true
		}
	}},

	// Blocks
	{"block", "type of block", pages + "blocks", oneOf("type", "section", "header", "context", "divider", "image", "actions", "input", "data_table", "data_visualization", "context_actions", "rich_text", "markdown", "video", "table", "file")},
	{"block", "block_id: maximum length of 255 characters", types + "blocks.d.ts Block.block_id", longest("block_id", 255)},
	{"block", "action_id: should be unique among all other action_ids in the containing block", types + "extensions.d.ts Actionable", func(o *object, bad func(string, string)) {
		seen := map[string]bool{}
		for _, e := range list(o.node["elements"]) {
			n, _ := e.(node)
			id := str(n["action_id"])
			if id != "" && seen[id] {
				bad("elements", "action_id already exists: "+id)
			}
			seen[id] = true
		}
	}},
	{"section", "text: minimum 1, maximum 3000 characters, not required if a valid array of fields is provided", types + "blocks.d.ts SectionBlock.text", func(o *object, bad func(string, string)) {
		if o.node["text"] == nil && o.node["fields"] == nil {
			bad("text", "missing required field: text")
		}
		textBetween(o.node["text"], "text", 3000, bad)
	}},
	{"section", "fields: maximum number of items is 10", types + "blocks.d.ts SectionBlock.fields", items("fields", 1, 10)},
	{"section", "fields: maximum length for the text in each item is 2000 characters", types + "blocks.d.ts SectionBlock.fields", func(o *object, bad func(string, string)) {
		for i, f := range list(o.node["fields"]) {
			textBetween(f, fmt.Sprintf("fields/%d", i), 2000, bad)
		}
	}},
	{"section", "accessory: one of the elements that a section takes", pages + "blocks/section-block", elementOf("accessory", accessories)},
	{"header", "text: plain text, maximum length 150 characters", types + "blocks.d.ts HeaderBlock.text", plainText("text", true, 150)},
	{"context", "elements: maximum number of items is 10", types + "blocks.d.ts ContextBlock.elements", needed(items("elements", 1, 10), "elements")},
	{"actions", "elements: there is a maximum of 25 elements in each action block", types + "blocks.d.ts ActionsBlock.elements", needed(items("elements", 1, 25), "elements")},
	{"actions", "elements: interactive elements", types + "blocks.d.ts ActionsBlock.elements", elementOf("elements", acting)},
	{"input", "label: plain text, maximum length 2000 characters", types + "blocks.d.ts InputBlock.label", plainText("label", true, 2000)},
	{"input", "hint: plain text, maximum length 2000 characters", types + "blocks.d.ts InputBlock.hint", plainText("hint", false, 2000)},
	{"input", "element: one of the elements that an input takes", pages + "blocks/input-block", needed(elementOf("element", inputs), "element")},
	{"data_table", "rows: at most 100, caption required", pages + "blocks/data-table-block; " + verify + " whether the header counts", func(o *object, bad func(string, string)) {
		if str(o.node["caption"]) == "" {
			bad("caption", "missing required field: caption")
		}
		if len(list(o.node["rows"])) > 100 {
			bad("rows", "no more than 100 items allowed")
		}
	}},
	{"data_visualization", "in messages alone; title at most 50 characters", pages + "blocks/data-visualization-block", func(o *object, bad func(string, string)) {
		if o.all.kind != "message" {
			bad("type", "not allowed in a view")
		}
		longest("title", 50)(o, bad)
	}},

	// Images, as blocks and as elements
	{"image", "alt_text: required, maximum length 2000 characters", types + "blocks.d.ts ImageBlock.alt_text", func(o *object, bad func(string, string)) {
		if str(o.node["alt_text"]) == "" {
			bad("alt_text", "missing required field: alt_text")
		}
		longest("alt_text", 2000)(o, bad)
	}},
	{"image", "title: plain text, maximum length 2000 characters", types + "blocks.d.ts ImageBlock.title", plainText("title", false, 2000)},
	{"image", "one of image_url and slack_file", types + "composition-objects.d.ts SlackFile: “If both are provided then the payload will be rejected”", func(o *object, bad func(string, string)) {
		if (str(o.node["image_url"]) == "") == (o.node["slack_file"] == nil) {
			bad("", "exactly one of image_url and slack_file is required")
		}
	}},
	{"image", "image_url: maximum length 3000 characters", pages + "blocks/image-block", longest("image_url", 3000)},
	{"image", "slack_file must be an image that is processed", types + "composition-objects.d.ts SlackFile; a file that is not ready is refused as invalid_blocks", func(o *object, bad func(string, string)) {
		file, ok := o.node["slack_file"].(node)
		if !ok {
			return
		}
		if f := o.server.files[str(file["id"])]; f == nil || !o.server.ready(f) {
			bad("slack_file", "invalid slack file")
		}
	}},

	// Texts
	{"text", "type: plain_text or mrkdwn", types + "composition-objects.d.ts", oneOf("type", "plain_text", "mrkdwn")},
	{"text", "text: the minimum length is 1 and maximum length is 3000 characters", types + "composition-objects.d.ts MrkdwnElement.text", func(o *object, bad func(string, string)) { textBetween(o.node, "", 3000, bad) }},
	{"mrkdwn", "emoji is only usable when type is plain_text", pages + "composition-objects/text-object", func(o *object, bad func(string, string)) {
		if o.node["emoji"] != nil {
			bad("emoji", "not allowed with mrkdwn")
		}
	}},
	{"plain_text", "verbatim is only usable when type is mrkdwn", pages + "composition-objects/text-object", func(o *object, bad func(string, string)) {
		if o.node["verbatim"] != nil {
			bad("verbatim", "not allowed with plain_text")
		}
	}},

	// Elements
	{"element", "action_id: maximum length for this field is 255 characters", types + "extensions.d.ts Actionable", longest("action_id", 255)},
	{"element", "placeholder: plain text, maximum length 150 characters", types + "extensions.d.ts Placeholdable", plainText("placeholder", false, 150)},
	{"button", "text: plain text, maximum length 75 characters", types + "block-elements.d.ts Button.text", plainText("text", true, 75)},
	{"button", "value: maximum length 2000 characters", types + "block-elements.d.ts Button.value", longest("value", 2000)},
	{"button", "url: maximum length 3000 characters", types + "block-elements.d.ts Button.url", longest("url", 3000)},
	{"button", "accessibility_label: maximum length 75 characters", types + "block-elements.d.ts Button.accessibility_label", longest("accessibility_label", 75)},
	{"button", "style: primary or danger", types + "composition-objects.d.ts ColorScheme", optional(oneOf("style", "primary", "danger"), "style")},
	{"element", "dispatch_action_config only on text inputs", types + "block-elements.d.ts Dispatchable", func(o *object, bad func(string, string)) {
		if o.node["dispatch_action_config"] != nil && !slices.Contains([]string{"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input"}, o.kind) {
			bad("dispatch_action_config", "not allowed on "+o.kind)
		}
	}},
	{"element", "response_url_enabled: only in input blocks of modals", types + "block-elements.d.ts ConversationsSelect.response_url_enabled", func(o *object, bad func(string, string)) {
		if o.node["response_url_enabled"] != nil && (o.all.kind != "modal" || o.parent.kind != "input") {
			bad("response_url_enabled", "can only be used in an input block of a modal")
		}
	}},
	{"plain_text_input", "min_length, max_length: at most 3000, in order", types + "block-elements.d.ts PlainTextInput", func(o *object, bad func(string, string)) {
		least, most := number(o.node["min_length"], 0), number(o.node["max_length"], 3000)
		if least > 3000 || most > 3000 || most < 1 || least > most {
			bad("max_length", "min_length and max_length must be in order and at most 3000")
		}
	}},
	{"plain_text_input", "initial_value: at most 3000 characters", pages + "block-elements/plain-text-input-element", longest("initial_value", 3000)},
	{"number_input", "min_value cannot be greater than max_value; is_decimal_allowed is required", types + "block-elements.d.ts NumberInput", func(o *object, bad func(string, string)) {
		if o.node["is_decimal_allowed"] == nil {
			bad("is_decimal_allowed", "missing required field: is_decimal_allowed")
		}
		var least, most float64
		if json.Unmarshal([]byte(str(o.node["min_value"])), &least) == nil && json.Unmarshal([]byte(str(o.node["max_value"])), &most) == nil && least > most {
			bad("min_value", "must not be greater than max_value")
		}
	}},
	{"external_select", "needs an Options Load URL", pages + "block-elements/select-menu-element", func(o *object, bad func(string, string)) {
		if o.server.NoOptionsURL {
			bad("type", "the app has no options load URL")
		}
	}},
	{"datepicker", "initial_date in the format YYYY-MM-DD", types + "block-elements.d.ts Datepicker.initial_date", matching("initial_date", `^\d{4}-\d{2}-\d{2}$`)},
	{"timepicker", "initial_time in the format HH:mm", types + "block-elements.d.ts Timepicker.initial_time", matching("initial_time", `^([01]\d|2[0-3]):[0-5]\d$`)},
	{"conversations_select", "filter.include: the array cannot be empty", types + "composition-objects.d.ts ConversationFilter.include", func(o *object, bad func(string, string)) {
		if f, ok := o.node["filter"].(node); ok && f["include"] != nil && len(list(f["include"])) == 0 {
			bad("filter/include", "no items")
		}
	}},

	// Menus and boxes
	{"static_select", "options: maximum number of options is 100, or option_groups", types + "block-elements.d.ts StaticSelect.options", choices(100)},
	{"multi_static_select", "options: maximum number of options is 100, or option_groups", types + "block-elements.d.ts MultiStaticSelect.options", choices(100)},
	{"overflow", "options: an array of up to 5", types + "block-elements.d.ts Overflow.options", choices(5)},
	{"checkboxes", "options: a maximum of 10 options are allowed", types + "block-elements.d.ts Checkboxes.options", choices(10)},
	{"radio_buttons", "options: a maximum of 10 options are allowed", types + "block-elements.d.ts RadioButtons.options", choices(10)},
	{"element", "initial_option must exactly match one of the options", types + "block-elements.d.ts StaticSelect.initial_option", initialAmong},
	{"element", "values of options are distinct", verify + " for selects; a value that stands twice could not be told apart", func(o *object, bad func(string, string)) {
		seen := map[string]bool{}
		for _, v := range values(o.node["options"]) {
			if seen[v] {
				bad("options", "duplicate value: "+v)
			}
			seen[v] = true
		}
	}},
	{"option", "text: maximum length 75 characters", types + "composition-objects.d.ts Option.text", func(o *object, bad func(string, string)) {
		if o.node["text"] == nil {
			bad("text", "missing required field: text")
		}
		textBetween(o.node["text"], "text", 75, bad)
	}},
	{"option", "text: overflow, select and multi-select menus can only use plain_text", pages + "composition-objects/option-object", func(o *object, bad func(string, string)) {
		if t, ok := o.node["text"].(node); ok && str(t["type"]) != "plain_text" && o.parent.kind != "checkboxes" && o.parent.kind != "radio_buttons" {
			bad("text/type", "must be plain_text")
		}
	}},
	{"option", "value: maximum length 150 characters", pages + "composition-objects/option-object (the types say 75)", longest("value", 150)},
	{"option", "description: maximum length 75 characters", types + "composition-objects.d.ts Option.description", func(o *object, bad func(string, string)) { textBetween(o.node["description"], "description", 75, bad) }},
	{"option", "url: only available in overflow menus", types + "composition-objects.d.ts Option.url", func(o *object, bad func(string, string)) {
		if o.node["url"] != nil && o.parent.kind != "overflow" {
			bad("url", "only available in overflow menus")
		}
	}},
	{"group", "label: plain text, maximum length 75; options: maximum of 100 items", types + "composition-objects.d.ts OptionGroup", func(o *object, bad func(string, string)) {
		plainText("label", true, 75)(o, bad)
		needed(items("options", 1, 100), "options")(o, bad)
	}},
	{"confirm", "title: plain text, maximum length 100 characters", types + "composition-objects.d.ts ConfirmationDialog.title", plainText("title", true, 100)},
	{"confirm", "text: maximum length 300 characters", types + "composition-objects.d.ts ConfirmationDialog.text", plainText("text", true, 300)},
	{"confirm", "confirm: plain text, maximum length 30 characters", types + "composition-objects.d.ts ConfirmationDialog.confirm", plainText("confirm", true, 30)},
	{"confirm", "deny: plain text, maximum length 30 characters", types + "composition-objects.d.ts ConfirmationDialog.deny", plainText("deny", true, 30)},
}

// What may stand where, by Slack's pages on each block.
var (
	selects = []string{
		"static_select", "external_select", "users_select", "conversations_select", "channels_select",
		"multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select",
	}
	accessories = append([]string{"button", "overflow", "image", "checkboxes", "radio_buttons", "datepicker", "timepicker"}, selects...)
	acting      = append([]string{"button", "overflow", "checkboxes", "radio_buttons", "datepicker", "timepicker", "datetimepicker", "rich_text_input", "workflow_button"}, selects...)
	inputs      = append([]string{
		"plain_text_input", "rich_text_input", "email_text_input", "url_text_input", "number_input", "file_input",
		"checkboxes", "radio_buttons", "datepicker", "timepicker", "datetimepicker",
	}, selects...)
)

type look = func(o *object, bad func(field, problem string))

// longest is a string of at most so many characters.
func longest(field string, most int) look {
	return func(o *object, bad func(string, string)) {
		if runes(o.node[field]) > most {
			bad(field, fmt.Sprintf("must be less than %d characters", most+1))
		}
	}
}

// items is a list, where it is there, of so many things.
func items(field string, least, most int) look {
	return func(o *object, bad func(string, string)) {
		if o.node[field] == nil {
			return
		}
		switch n := len(list(o.node[field])); {
		case n > most:
			bad(field, fmt.Sprintf("no more than %d items allowed", most))
		case n < least:
			bad(field, "no fewer than 1 items allowed")
		}
	}
}

// needed is a field that must be there, and then as look says.
func needed(look look, field string) look {
	return func(o *object, bad func(string, string)) {
		if o.node[field] == nil {
			bad(field, "missing required field: "+field)
			return
		}
		look(o, bad)
	}
}

// optional is a field that is as look says where it is there.
func optional(look look, field string) look {
	return func(o *object, bad func(string, string)) {
		if o.node[field] != nil {
			look(o, bad)
		}
	}
}

func oneOf(field string, among ...string) look {
	return func(o *object, bad func(string, string)) {
		if v := str(o.node[field]); !slices.Contains(among, v) {
			bad(field, "unsupported "+field+": "+v)
		}
	}
}

func matching(field, pattern string) look {
	form := regexp.MustCompile(pattern)
	return func(o *object, bad func(string, string)) {
		if v := str(o.node[field]); o.node[field] != nil && !form.MatchString(v) {
			bad(field, "invalid format: "+v)
		}
	}
}

// textBetween is a text object, where it is there, of 1 to so many characters.
func textBetween(v any, field string, most int, bad func(string, string)) {
	t, ok := v.(node)
	if !ok {
		return
	}
	switch n := runes(t["text"]); {
	case n == 0:
		bad(field, "must be more than 0 characters")
	case n > most:
		bad(field, fmt.Sprintf("must be less than %d characters", most+1))
	}
}

// plainText is a plain_text object of 1 to so many characters.
func plainText(field string, required bool, most int) look {
	return func(o *object, bad func(string, string)) {
		t, ok := o.node[field].(node)
		if !ok {
			if required || o.node[field] != nil {
				bad(field, "missing required field: "+field)
			}
			return
		}
		if str(t["type"]) != "plain_text" {
			bad(field+"/type", "must be plain_text")
		}
		textBetween(t, field, most, bad)
	}
}

// elementOf is one element, or a list of them, of certain types.
func elementOf(field string, among []string) look {
	return func(o *object, bad func(string, string)) {
		check := func(at string, v any) {
			n, _ := v.(node)
			if kind := str(n["type"]); !slices.Contains(among, kind) {
				bad(at+"/type", "unsupported type: "+kind)
			}
		}
		switch v := o.node[field].(type) {
		case nil:
		case []any:
			for i, e := range v {
				check(fmt.Sprintf("%s/%d", field, i), e)
			}
		default:
			check(field, v)
		}
	}
}

// choices is a list of 1 to so many options, or groups of them.
func choices(most int) look {
	return func(o *object, bad func(string, string)) {
		if o.node["option_groups"] == nil {
			needed(items("options", 1, most), "options")(o, bad)
		} else if o.node["options"] != nil {
			bad("options", "options and option_groups cannot both be provided")
		}
	}
}

// initialAmong is what is chosen at first: an option as it stands in the list.
func initialAmong(o *object, bad func(string, string)) {
	if o.node["options"] == nil {
		return
	}
	var have []string
	for _, x := range list(o.node["options"]) {
		have = append(have, exact(x))
	}
	chosen := list(o.node["initial_options"])
	if o.node["initial_options"] != nil && len(chosen) == 0 {
		bad("initial_options", "no fewer than 1 items allowed")
	}
	if x := o.node["initial_option"]; x != nil {
		chosen = append(chosen, x)
	}
	for _, x := range chosen {
		if !slices.Contains(have, exact(x)) {
			bad("initial_option", "must be one of the options")
		}
	}
}

func exact(v any) string {
	b, err := json.Marshal(v) // sorts the names
	if err != nil {
		return ""
	}
	return string(b)
}

func values(v any) []string {
	var vs []string
	for _, x := range list(v) {
		n, _ := x.(node)
		vs = append(vs, str(n["value"]))
	}
	return vs
}

func number(v any, otherwise float64) float64 {
	if n, ok := v.(float64); ok {
		return n
	}
	return otherwise
}
