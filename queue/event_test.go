package queue

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"hatif/call"
)

// filled returns a T all of whose fields say something.
func filled(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(t, v.Elem())
	case reflect.Struct:
		if _, is := v.Interface().(time.Time); is {
			v.Set(reflect.ValueOf(midnight.Add(1234567 * time.Microsecond)))
			return
		}
		for i := range v.NumField() {
			filled(t, v.Field(i))
		}
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint64:
		v.SetUint(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		filled(t, v.Index(0))
	case reflect.Float64:
		v.SetFloat(0.5)
	default:
		t.Fatalf("an Event holds a %s: say here how it is filled", v.Type())
	}
}

// What is stored can be read again, whatever fields an Event is given later.
func TestAnEventKeepsEveryFieldInTheStore(t *testing.T) {
	var ev, back Event
	filled(t, reflect.ValueOf(&ev).Elem())
	text, err := json.Marshal(ev)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(ev, back) {
		t.Errorf("%s came back as %+v", text, back)
	}
	if text, _ := json.Marshal(Event{}); string(text) != "{}" {
		t.Errorf("an empty event takes room: %s", text)
	}
}

func TestTheNamesOfAStoredEventStay(t *testing.T) {
	text, err := json.Marshal(Event{
		At: midnight, Order: 3, Kind: CallerParted, Queue: "arabic", Call: "c1", Agent: "2001",
		Entered: 2, Waited: 4 * time.Second, Talked: time.Minute, By: ByAgent, Heir: "2003", Cause: call.Busy,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`"order":3`, `"kind":"parted"`, `"queue":"arabic"`, `"call":"c1"`, `"agent":"2001"`, `"entered":2`,
		`"waited":4000000000`, `"talked":60000000000`, `"by":"agent"`, `"heir":"2003"`, `"cause":{"name":"busy","q850":17,"sip":486}`,
	} {
		if !strings.Contains(string(text), part) {
			t.Errorf("%s does not hold %s", text, part)
		}
	}
}
