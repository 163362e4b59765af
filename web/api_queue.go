package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

type queueOrder struct {
	Name     string          `json:"name"`
	Settings json.RawMessage `json:"settings,omitempty" doc:"Keys and values as the file has them: {\"max_wait\": \"90s\", \"tiers\": [{\"after\": \"5s\", \"penalty\": 1}]}."`
}

type queueChange struct {
	Settings json.RawMessage `json:"settings" doc:"All that the file is to say of the queue; what is left out goes, and is as by default."`
}

// writtenQueue is what the file says of a queue.
type writtenQueue struct {
	Name     string          `json:"name"`
	Settings json.RawMessage `json:"settings" doc:"As the file says them: this is what PUT takes. 0s and false stand there where they are written."`
	Sum      string          `json:"sum" doc:"Of the file as it is now."`
	Restart  []string        `json:"restart_needed" doc:"Keys that have changed and take effect at the next start only."`
}

func (s *Server) queueAPI() []endpoint {
	sum := parameter{name: "sum", doc: "Of the file as it was read: when it is another by now, nothing is changed. Left out: the change is made in the file as it is."}
	return []endpoint{
		get("/queues/{name}/settings", "What the file says of a queue", s.apiQueueSettings, changeQueues),
		post("/queues", "Write a queue into the file, and put it in force", s.apiAddQueue, changeQueues).created().asking(sum),
		takes(http.MethodPut, "/queues/{name}/settings", "Write what the file says of a queue anew, comments and all else kept", s.apiChangeQueue, changeQueues).asking(sum),
		takes(http.MethodDelete, "/queues/{name}", "Take a queue out of the file that nobody serves or waits in", s.apiRemoveQueue, changeQueues).asking(sum),
	}
}

// settingsTree reads settings of JSON as the file's are told: text, lists, keys and values.
func settingsTree(raw json.RawMessage) (map[string]any, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var given any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&given); err != nil {
		return nil, troubleBody.with("settings: %v", err)
	}
	tree, is := plainTree(given).(map[string]any)
	if !is {
		return nil, troubleField.of("settings", "keys and values are wanted")
	}
	return tree, nil
}

func plainTree(v any) any {
	switch v := v.(type) {
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	case []any:
		for i := range v {
			v[i] = plainTree(v[i])
		}
		return v
	case map[string]any:
		for k := range v {
			v[k] = plainTree(v[k])
		}
		return v
	}
	return v
}

// treeText is settings as JSON, with numbers and flags where the file has those.
func treeText(tree map[string]any) (json.RawMessage, error) {
	fields := queueFields(nil, nil)
	kind := func(path string) string {
		i := slices.IndexFunc(fields, func(f queueField) bool { return f.Key == path })
		if i < 0 {
			return ""
		}
		return fields[i].Kind
	}
	var typed func(v any, path string) any
	typed = func(v any, path string) any {
		switch v := v.(type) {
		case string:
			if k := kind(path); k == "number" || path == "tiers.penalty" {
				return number(v)
			} else if k == "flag" {
				return v == "true"
			}
		case []any:
			all := []any{}
			for _, one := range v {
				all = append(all, typed(one, path))
			}
			return all
		case map[string]any:
			all := make(map[string]any)
			for key, one := range v {
				all[key] = typed(one, strings.TrimPrefix(path+"."+key, "."))
			}
			return all
		}
		return v
	}
	if tree == nil {
		tree = map[string]any{}
	}
	return json.Marshal(typed(tree, ""))
}

// stray is a key of settings that no queue has, or one whose value is of another shape; "": there is none.
func stray(tree map[string]any) string {
	fields := queueFields(tree, nil)
	for key, value := range tree {
		below, nested := value.(map[string]any)
		group := slices.ContainsFunc(fields, func(f queueField) bool { return f.Group == key })
		if group && nested {
			for k, v := range below {
				if !known(fields, key+"."+k, v) {
					return key + "." + k
				}
			}
		} else if value != nil && (group || !known(fields, key, value)) {
			return key
		}
	}
	return ""
}

// known reports whether a key is one of the fields, and its value of their shape.
func known(fields []queueField, key string, value any) bool {
	i := slices.IndexFunc(fields, func(f queueField) bool { return f.Key == key })
	if i < 0 {
		return false
	}
	_, text := value.(string)
	items, isList := value.([]any)
	pairs, keyed := value.(map[string]any)
	switch f := fields[i]; {
	case value == nil:
		return true
	case f.Kind == "rows" && key == "tiers":
		return isList && !slices.ContainsFunc(items, func(one any) bool {
			row, is := one.(map[string]any)
			for k, v := range row {
				_, text := v.(string)
				is = is && text && slices.Contains(f.Columns, k)
			}
			return !is
		})
	case f.Kind == "rows":
		for _, v := range pairs {
			_, text := v.(string)
			keyed = keyed && text
		}
		return keyed
	case f.Kind == "ticks" || f.Kind == "list":
		return isList && !slices.ContainsFunc(items, func(one any) bool { _, text := one.(string); return !text })
	}
	return text
}

func (s *Server) apiQueueSettings(x *exchange) (writtenQueue, error) {
	return s.writtenQueue(x.r.PathValue("name"), nil)
}

func (s *Server) writtenQueue(name string, restart []string) (writtenQueue, error) {
	sum, reading, err := s.apiReading()
	if err != nil {
		return writtenQueue{}, err
	}
	if !slices.Contains(reading.Queues, name) {
		return writtenQueue{}, errNotFound
	}
	text, err := treeText(reading.Said[name])
	return writtenQueue{name, text, sum, list(restart)}, err
}

// editQueue makes one change of the file as it is on the disk and puts it in force.
func (s *Server) editQueue(x *exchange, e QueueEdit) (restart []string, changed bool, err error) {
	text, sum, err := s.File.Open()
	if err != nil {
		return nil, false, err
	}
	if seen := x.query["sum"]; seen != "" && seen != sum {
		return nil, false, fileTrouble(ErrFileChanged)
	}
	after, err := s.File.EditQueue(text, e)
	if err == nil && !bytes.Equal(after, text) {
		changed = true
		if _, err = s.File.Read(after); err == nil {
			restart, err = s.File.Apply(x.v.account.Name, sum, after)
		}
	}
	return restart, changed, fileTrouble(err)
}

func (s *Server) apiAddQueue(x *exchange, o queueOrder) (writtenQueue, error) {
	_, reading, err := s.apiReading()
	switch {
	case err != nil:
		return writtenQueue{}, err
	case !queueName.MatchString(o.Name):
		return writtenQueue{}, troubleField.of("name", "a name begins with a letter or a digit, and has letters, digits, blanks, - and _, 40 at most")
	case slices.Contains(reading.Queues, o.Name):
		return writtenQueue{}, troubleTaken.of("name", "the file has a queue of this name")
	}
	return s.apiWriteQueue(x, reading, o.Name, true, o.Settings)
}

func (s *Server) apiChangeQueue(x *exchange, c queueChange) (writtenQueue, error) {
	_, reading, err := s.apiReading()
	if err != nil {
		return writtenQueue{}, err
	}
	name := x.r.PathValue("name")
	if !slices.Contains(reading.Queues, name) {
		return writtenQueue{}, errNotFound
	}
	return s.apiWriteQueue(x, reading, name, false, c.Settings)
}

func (s *Server) apiWriteQueue(x *exchange, reading *Reading, name string, add bool, settings json.RawMessage) (writtenQueue, error) {
	tree, err := settingsTree(settings)
	if err != nil {
		return writtenQueue{}, err
	}
	if key := stray(tree); key != "" {
		return writtenQueue{}, troubleField.of("settings", "%s: no queue has this key, or its value is of another kind", key)
	}
	var before map[string]any
	deed := "add queue"
	if !add {
		before, deed = reading.Said[name], "change queue"
	}
	form := queueForm{Fields: queueFields(tree, nil)}
	set, keys := form.changes(queueFields(before, nil))
	restart, changed, err := s.editQueue(x, QueueEdit{Name: name, Add: add, Set: set})
	if err != nil {
		return writtenQueue{}, err
	}
	if changed {
		if err := s.note(x.r, x.v.account.Name, deed, "queue "+name, strings.Join(keys, ", ")); err != nil {
			return writtenQueue{}, err
		}
	}
	return s.writtenQueue(name, restart)
}

func (s *Server) apiRemoveQueue(x *exchange, _ nothing) (appliedFile, error) {
	_, reading, err := s.apiReading()
	name := x.r.PathValue("name")
	switch {
	case err != nil:
		return appliedFile{}, err
	case !slices.Contains(reading.Queues, name):
		return appliedFile{}, errNotFound
	case s.inUse(name):
		return appliedFile{}, troubleState.with("somebody serves the queue, or waits in it")
	}
	restart, _, err := s.editQueue(x, QueueEdit{Name: name, Remove: true})
	if err != nil {
		return appliedFile{}, err
	}
	if err := s.note(x.r, x.v.account.Name, "remove queue", "queue "+name, ""); err != nil {
		return appliedFile{}, err
	}
	_, sum, err := s.File.Open()
	return appliedFile{sum, list(restart)}, err
}
