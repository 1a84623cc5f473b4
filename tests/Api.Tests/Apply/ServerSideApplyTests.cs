using System.Text.Json.Nodes;
using Slipway.Api.Apply;
using Slipway.Api.Schemas;

namespace Slipway.Api.Tests.Apply;

public sealed class ServerSideApplyTests
{
    private static readonly Schema Schema = Documents.Schema;

    /// <summary>What is there, who owns what (manager, operation, fields), who applies what, and the outcome or conflict.</summary>
    public static TheoryData<string, string, string, string, string> Merges => new()
    {
        { "a field of one's own is changed", "spec: {name: a}", "me: {f:spec: {f:name: {}}}", "spec: {name: b}", "spec: {name: b}" },
        { "a field without an owner is taken", "spec: {name: a}", "you: {f:spec: {f:count: {}}}", "spec: {name: b}", "spec: {name: b}" },
        { "what is not said any longer goes", "spec: {name: a, count: 1}", "me: {f:spec: {f:name: {}, f:count: {}}}", "spec: {name: a}", "spec: {name: a}" },
        { "what another owns too stays", "spec: {name: a, count: 1}", "{me: {f:spec: {f:name: {}, f:count: {}}}, you: {f:spec: {f:count: {}}}}", "spec: {name: a}", "spec: {name: a, count: 1}" },
        { "what one never applied stays", "spec: {name: a, count: 1}", "me: {f:spec: {f:name: {}}}", "spec: {name: a}", "spec: {name: a, count: 1}" },
        { "keys of maps come and go", "spec: {settings: {a: u, b: u}}", "me: {f:spec: {f:settings: {f:a: {}}}}", "spec: {settings: {c: w}}", "spec: {settings: {b: u, c: w}}" },
        { "a map that is left empty goes", "spec: {name: a, settings: {a: u}}", "me: {f:spec: {f:name: {}, f:settings: {f:a: {}}}}", "spec: {name: a}", "spec: {name: a}" },
        { "atomic maps are values", "spec: {selector: {x: u, y: u}}", "me: {f:spec: {f:selector: {}}}", "spec: {selector: {x: w}}", "spec: {selector: {x: w}}" },
        { "atomic lists are values", "spec: {args: [a, b]}", "me: {f:spec: {f:args: {}}}", "spec: {args: [c]}", "spec: {args: [c]}" },
        { "sets are united", "spec: {tags: [p, q]}", "you: {f:spec: {f:tags: {'v:\"p\"': {}, 'v:\"q\"': {}}}}", "spec: {tags: [r, q]}", "spec: {tags: [p, r, q]}" },
        { "values of a set go", "spec: {tags: [p, q]}", "{me: {f:spec: {f:tags: {'v:\"p\"': {}, 'v:\"q\"': {}}}}, you: {f:spec: {f:tags: {'v:\"q\"': {}}}}}", "spec: {tags: [r]}", "spec: {tags: [q, r]}" },
        { "items are merged by key", "spec: {items: [{key: k, value: u}, {key: l}]}", "me: {f:spec: {f:items: {'k:{\"key\":\"k\"}': {.: {}, f:key: {}}}}}", "spec: {items: [{key: k, more: {a: 1}}]}", "spec: {items: [{key: k, value: u, more: {a: 1}}, {key: l}]}" },
        { "items go", "spec: {items: [{key: k, value: u}, {key: l}]}", "me: {f:spec: {f:items: {'k:{\"key\":\"k\"}': {.: {}, f:key: {}, f:value: {}}, 'k:{\"key\":\"l\"}': {.: {}, f:key: {}}}}}", "spec: {items: [{key: l}]}", "spec: {items: [{key: l}]}" },
        { "defaults complete keys", "spec: {ports: [{port: 1, protocol: TCP, name: u}, {port: 1, protocol: UDP}]}", "me: {f:spec: {f:ports: {'k:{\"port\":1,\"protocol\":\"TCP\"}': {.: {}, f:port: {}, f:name: {}}}}}", "spec: {ports: [{port: 1, name: v}]}", "spec: {ports: [{port: 1, protocol: TCP, name: v}, {port: 1, protocol: UDP}]}" },
        { "the order is the configuration's", "spec: {items: [{key: k}, {key: n}, {key: l}]}", "me: {f:spec: {f:items: {'k:{\"key\":\"k\"}': {.: {}, f:key: {}}, 'k:{\"key\":\"l\"}': {.: {}, f:key: {}}}}}", "spec: {items: [{key: l}, {key: k}]}", "spec: {items: [{key: n}, {key: l}, {key: k}]}" },
        { "unknown fields are owned one by one", "spec: {free: {a: 1, b: {c: 1, d: 1}, l: [1]}}", "me: {f:spec: {f:free: {f:a: {}, f:b: {f:c: {}, f:d: {}}}}}", "spec: {free: {b: {c: 2}, l: [1, 2]}}", "spec: {free: {b: {c: 2}, l: [1, 2]}}" },
        { "null over a map takes nothing away", "spec: {settings: {a: u}}", "you: {f:spec: {f:settings: {f:a: {}}}}", "spec: {settings: null}", "spec: {settings: {a: u}}" },
    };

    [Theory]
    [MemberData(nameof(Merges))]
    public void A_configuration_is_applied(string what, string live, string owners, string configuration, string expected)
    {
        var applied = Documents.Apply(Documents.Manager("me"), Schema, Json.Of(live), Json.Of(configuration), Owners(owners), force: false);
        Assert.True(JsonNode.DeepEquals(Json.Of(expected), applied.Document), $"{what}: {Json.Text(applied.Document)}");
        var again = Documents.Apply(Documents.Manager("me", 9), Schema, applied.Document, Json.Of(configuration), applied.Owners, force: false);
        Assert.True(again.SameOwners, what);
        Assert.True(JsonNode.DeepEquals(applied.Document, again.Document), what);
        Assert.Equal(Json.Text(applied.Owners.ToJson()), Json.Text(again.Owners.ToJson()));
    }

    [Theory]
    [InlineData("spec: {name: b}", "Apply failed with 1 conflict: conflict with \"you\": .spec.name", ".spec.name")]
    [InlineData("spec: {items: [{key: k, value: v}]}", "Apply failed with 1 conflict: conflict with \"kubectl\" with subresource \"scale\" using example.com/v1: .spec.items[key=\"k\"].value", ".spec.items[key=\"k\"].value")]
    [InlineData("spec: {name: b, args: [x], count: 2}", "Apply failed with 3 conflicts: conflicts with \"other\":\n- .spec.args\nconflicts with \"you\":\n- .spec.count\n- .spec.name", ".spec.args .spec.count .spec.name")]
    [InlineData("spec: {name: a, args: [a], count: 1}", null, null)]
    public void A_conflict_names_managers_and_fields_and_force_takes_them(string configuration, string? message, string? fields)
    {
        var live = Json.Of("spec: {name: a, count: 1, args: [a], items: [{key: k, value: u}]}");
        var held = Held("""
            [{"manager":"you","operation":"Apply","apiVersion":"example.com/v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:name":{},"f:count":{}}}},
             {"manager":"other","operation":"Apply","apiVersion":"example.com/v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:args":{}}}},
             {"manager":"kubectl","operation":"Update","apiVersion":"example.com/v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:items":{"k:{\"key\":\"k\"}":{"f:value":{}}}}},"subresource":"scale"}]
            """);
        var apply = (bool force) => Documents.Apply(Documents.Manager("me"), Schema, live, Json.Of(configuration), held, force);
        if (message is not null)
        {
            var conflict = Assert.Throws<ApiException>(() => apply(false));
            Assert.Equal((409, "Conflict", message), (conflict.Code, conflict.Reason, conflict.Message));
            Assert.Equal(fields!.Split(' '), conflict.Causes.Select(c => c.Field));
            Assert.All(conflict.Causes, c => Assert.Equal("FieldManagerConflict", c.Reason));
        }
        var forced = apply(true);
        var mine = DocumentFields.Of(Schema, Json.Of(configuration));
        Assert.All(forced.Owners.Entries.Where(e => e.Manager != "me"), e => Assert.True(message is null || e.Fields.Intersection(mine).IsEmpty));
        Assert.True(forced.Owners.Entries.Single(e => e.Manager == "me").Fields.SetEquals(mine));
    }

    [Theory]
    [InlineData("spec: {nmae: b}", "failed to create typed patch object (d/x; example.com/v1, Kind=Thing): .spec.nmae: field not declared in schema")]
    [InlineData("spec: {count: many}", ".spec.count: expected numeric (int or float), got string")]
    [InlineData("spec: {settings: [a]}", ".spec.settings: expected map, got list")]
    [InlineData("spec: {tags: [a, a]}", ".spec.tags: duplicate entries for key [=\"a\"]")]
    [InlineData("spec: {items: [{key: k}, {key: k}]}", ".spec.items: duplicate entries for key [key=\"k\"]")]
    [InlineData("spec: {items: [{value: k}]}", ".spec.items: element 0: associative list with keys has an element that omits all key fields [\"key\"]")]
    [InlineData("spec: {items: [k]}", ".spec.items: element 0: associative list with keys may not have non-map elements")]
    [InlineData("spec: {tags: [null]}", "an explicit null")]
    public void A_configuration_of_other_types_is_refused(string yaml, string message)
    {
        var configuration = Json.Of($"apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: x, namespace: d}}\n{yaml}");
        var refusal = Assert.Throws<ApiException>(() => Documents.Apply(Documents.Manager("me"), Schema, [], configuration, ManagedFields.None, false));
        Assert.Equal(400, refusal.Code);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_there_before_the_first_apply_has_an_owner_of_its_own()
    {
        var applied = Documents.Apply(Documents.Manager("me"), Schema, Json.Of("spec: {name: a, count: 1}"), Json.Of("spec: {name: a}"), ManagedFields.None, false);
        Assert.Equal(["""before-first-apply Update {"f:spec":{".":{},"f:count":{},"f:name":{}}}""", """me Apply {"f:spec":{"f:name":{}}}"""], Shown(applied.Owners));
        Assert.Throws<ApiException>(() => Documents.Apply(Documents.Manager("me"), Schema, Json.Of("spec: {name: a}"), Json.Of("spec: {name: b}"), ManagedFields.None, false));
    }

    [Fact]
    public void Kubectl_takes_over_what_its_client_side_apply_has_left()
    {
        const string annotation = """{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"x"},"spec":{"name":"a","count":1}}""";
        var live = Json.Of($"apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: x, annotations: {{kubectl.kubernetes.io/last-applied-configuration: '{annotation}'}}}}\nspec: {{name: a, count: 2}}");
        var held = Owners("kubectl-client-side-apply: {f:spec: {f:name: {}, f:count: {}}}", "Update");
        var configuration = Json.Of("apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x}\nspec: {name: b}");

        var applied = Documents.Apply(Documents.Manager("kubectl"), Schema, live, configuration, held, false);
        Assert.Equal("b", (string?)applied.Document["spec"]!["name"]);
        Assert.Equal("""{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"x"},"spec":{"name":"b"}}""" + "\n",
            (string?)applied.Document["metadata"]!["annotations"]!["kubectl.kubernetes.io/last-applied-configuration"]);

        // What has changed since is not the annotation's any longer, and others take over nothing.
        var changed = Json.Of("apiVersion: example.com/v1\nkind: Thing\nspec: {count: 3}");
        Assert.Throws<ApiException>(() => Documents.Apply(Documents.Manager("kubectl"), Schema, live, changed, held, false));
        Assert.Throws<ApiException>(() => Documents.Apply(Documents.Manager("me"), Schema, live, configuration, held, false));
    }

    [Fact]
    public void Status_and_object_are_owned_apart()
    {
        var configuration = Json.Of("spec: {name: a}\nstatus: {phase: Good}");
        var main = Documents.Apply(Documents.Manager("me", scope: FieldScope.AllButStatus), Schema, [], configuration, ManagedFields.None, false);
        Assert.Equal(["""me Apply {"f:spec":{"f:name":{}}}"""], Shown(main.Owners));
        var status = Documents.Apply(Documents.Manager("me", scope: FieldScope.StatusOnly, subresource: "status"), Schema, main.Document, configuration, main.Owners, false);
        Assert.Equal(["""me Apply status {"f:status":{"f:phase":{}}}""", """me Apply {"f:spec":{"f:name":{}}}"""], Shown(status.Owners));
    }

    [Fact]
    public void Whoever_changes_a_field_owns_it_alone()
    {
        var held = Owners("{me: {f:spec: {f:name: {}, f:count: {}}}, you: {f:spec: {f:name: {}}}}");
        var (live, updated) = (Json.Of("spec: {name: a, count: 1}"), Json.Of("spec: {name: b, tags: [p]}"));
        var after = Documents.AfterUpdate(Documents.Manager("editor"), Schema, live, updated, () => held)!;
        Assert.Equal(["""editor Update {"f:spec":{"f:name":{},"f:tags":{".":{},"v:\"p\"":{}}}}"""], Shown(after));
        Assert.Null(Documents.AfterUpdate(Documents.Manager("editor"), Schema, live, live, () => throw new InvalidOperationException("owners are not needed")));
        Assert.Null(Documents.AfterUpdate(Documents.Manager("editor"), Schema, live, updated, () => ManagedFields.None));
    }

    [Fact]
    public void The_oldest_updaters_become_one()
    {
        var owners = Owners("m0: {f:spec: {f:settings: {f:k0: {}}}}", "Update");
        var live = Json.Of("spec: {settings: {k0: v}}");
        for (var i = 1; i < 14; i++)
        {
            var updated = (JsonObject)live.DeepClone();
            updated["spec"]!["settings"]![$"k{i}"] = "v";
            owners = Documents.AfterUpdate(Documents.Manager($"m{i}", i), Schema, live, updated, () => owners)!;
            live = updated;
        }
        Assert.Equal(10, owners.Entries.Count);
        Assert.Equal(5, Assert.Single(owners.Entries, e => e.Manager == "ancient-changes").Fields["f:spec"].Below!["f:settings"].Below!.Entries.Count);
        Assert.Contains(owners.Entries, e => e.Manager == "m13");
    }

    private static ManagedFields Held(string json) => ManagedFields.Read(System.Text.Encoding.UTF8.GetBytes(json))!;

    private static ManagedFields Owners(string yaml, string operation = "Apply") => new([.. Json.Of(yaml).Select(m =>
        new ManagerEntry(m.Key, operation, "example.com/v1", "", "2029-01-01T00:00:00Z", Documents.Set(m.Value!.ToJsonString())))]);

    private static IEnumerable<string> Shown(ManagedFields owners) => owners.Entries.OrderBy(e => e, ManagerEntry.Order)
        .Select(e => $"{e.Manager} {e.Operation} {(e.Subresource.Length > 0 ? e.Subresource + " " : "")}{e.Fields}").Order(StringComparer.Ordinal);
}
