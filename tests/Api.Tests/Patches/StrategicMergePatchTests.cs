using Slipway.Api.Patches;
using Slipway.Api.Schemas;

namespace Slipway.Api.Tests.Patches;

public sealed class StrategicMergePatchTests
{
    public static TheoryData<string, string, string, string> Cases => new()
    {
        { "maps merge, null removes", "spec: {nodeName: a, hostname: b}", "spec: {hostname: null, subdomain: c}", "spec: {nodeName: a, subdomain: c}" },
        { "lists merge by key", "spec: {containers: [{name: a, image: x}, {name: b, image: y}]}", "spec: {containers: [{name: b, image: z}, {name: c, image: w}]}", "spec: {containers: [{name: a, image: x}, {name: b, image: z}, {name: c, image: w}]}" },
        { "an item is deleted", "spec: {containers: [{name: a}, {name: b}]}", "spec: {containers: [{name: a, $patch: delete}]}", "spec: {containers: [{name: b}]}" },
        { "an unknown item is not deleted", "spec: {containers: [{name: a}]}", "spec: {containers: [{name: b, $patch: delete}]}", "spec: {containers: [{name: a}]}" },
        { "an item with the directive to replace stands for the list", "spec: {containers: [{name: a, image: x, tty: true}]}", "spec: {containers: [{name: b, image: y}, {name: a, $patch: replace}]}", "spec: {containers: [{name: b, image: y}]}" },
        { "a list is replaced", "spec: {containers: [{name: a}, {name: b}]}", "spec: {containers: [{name: c}, {$patch: replace}]}", "spec: {containers: [{name: c}]}" },
        { "a map is replaced", "metadata: {labels: {a: b, c: d}}", "metadata: {labels: {e: f, $patch: replace}}", "metadata: {labels: {e: f}}" },
        { "a map is deleted", "metadata: {labels: {a: b}}", "metadata: {labels: {$patch: delete}}", "metadata: {labels: {}}" },
        { "atomic lists are replaced", "spec: {tolerations: [{key: a}]}", "spec: {tolerations: [{key: b}]}", "spec: {tolerations: [{key: b}]}" },
        { "sets of values merge", "metadata: {finalizers: [a, b]}", "metadata: {finalizers: [b, c]}", "metadata: {finalizers: [a, b, c]}" },
        { "values are deleted", "metadata: {finalizers: [a, b, c]}", "metadata: {$deleteFromPrimitiveList/finalizers: [a, c]}", "metadata: {finalizers: [b]}" },
        { "values are deleted and added", "metadata: {finalizers: [a, b]}", "metadata: {finalizers: [d], $deleteFromPrimitiveList/finalizers: [a]}", "metadata: {finalizers: [d, b]}" },
        { "nested lists merge", "spec: {containers: [{name: a, env: [{name: X, value: '1'}]}]}", "spec: {containers: [{name: a, env: [{name: Y, value: '2'}]}]}", "spec: {containers: [{name: a, env: [{name: Y, value: '2'}, {name: X, value: '1'}]}]}" },
        { "ports merge by number", "spec: {containers: [{name: a, ports: [{containerPort: 80, name: x}]}]}", "spec: {containers: [{name: a, ports: [{containerPort: 80, name: y}, {containerPort: 81}]}]}", "spec: {containers: [{name: a, ports: [{containerPort: 80, name: y}, {containerPort: 81}]}]}" },
        { "keys are retained", "spec: {volumes: [{name: v, emptyDir: {}}]}", "spec: {volumes: [{name: v, $retainKeys: [name, hostPath], hostPath: {path: /x}}]}", "spec: {volumes: [{name: v, hostPath: {path: /x}}]}" },
        { "new items come first", "spec: {containers: [{name: a}, {name: b}]}", "spec: {containers: [{name: n, image: x}]}", "spec: {containers: [{name: n, image: x}, {name: a}, {name: b}]}" },
        { "items of the patch stand as they do in it", "spec: {containers: [{name: a}, {name: b}, {name: c}]}", "spec: {containers: [{name: c, image: x}, {name: a, image: x}]}", "spec: {containers: [{name: b}, {name: c, image: x}, {name: a, image: x}]}" },
        { "new values come first", "metadata: {finalizers: [a, b]}", "metadata: {finalizers: [n, b]}", "metadata: {finalizers: [n, a, b]}" },
        { "order is set", "spec: {containers: [{name: a}, {name: b}, {name: c}]}", "spec: {$setElementOrder/containers: [{name: c}, {name: a}, {name: b}]}", "spec: {containers: [{name: c}, {name: a}, {name: b}]}" },
        { "order with a new item", "spec: {containers: [{name: a}, {name: b}]}", "spec: {$setElementOrder/containers: [{name: n}, {name: b}, {name: a}], containers: [{name: n, image: x}]}", "spec: {containers: [{name: n, image: x}, {name: b}, {name: a}]}" },
        { "items that the order leaves out keep their place", "spec: {containers: [{name: a}, {name: s}, {name: b}]}", "spec: {$setElementOrder/containers: [{name: a}, {name: b}], containers: [{name: b, image: x}]}", "spec: {containers: [{name: a}, {name: s}, {name: b, image: x}]}" },
        { "order of values is set", "metadata: {finalizers: [a, b, c]}", "metadata: {$setElementOrder/finalizers: [c, a], $deleteFromPrimitiveList/finalizers: [b]}", "metadata: {finalizers: [c, a]}" },
        { "a new map loses its directives and nulls", "{}", "spec: {containers: [{name: a, image: x, command: null}, {name: b, $patch: delete}]}", "spec: {containers: [{name: a, image: x}]}" },
        { "fields without a schema merge as JSON", "metadata: {unknown: {a: [1], b: 2}}", "metadata: {unknown: {a: [3]}}", "metadata: {unknown: {a: [3], b: 2}}" },
        { "a value takes the place of another type", "spec: text", "spec: {nodeName: a}", "spec: {nodeName: a}" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void StrategicMergePatchesApply(string what, string document, string patch, string expected)
    {
        var (before, change) = (Json.Of(document), Json.Of(patch));
        var result = StrategicMergePatch.Apply(before, change, BuiltInKinds.Find("", "Pod")!.Schema);
        Assert.True(Json.Text(Json.Of(expected)) == Json.Text(result), $"{what}: {Json.Text(result)}");
        Assert.Equal(Json.Text(Json.Of(document)), Json.Text(before));
        Assert.Equal(Json.Text(Json.Of(patch)), Json.Text(change));
    }

    [Theory]
    [InlineData("spec: {$patch: explode}", "takes replace, delete or merge")]
    [InlineData("spec: {containers: [{image: x}]}", "lacks the merge key \"name\"")]
    [InlineData("spec: {containers: [x]}", "an object was expected")]
    [InlineData("spec: {$setElementOrder/containers: x}", "takes a list")]
    [InlineData("spec: {$setElementOrder/containers: [{image: x}]}", "must hold the merge key")]
    [InlineData("spec: {$retainKeys: [a], b: 1}", "sets \"b\"", 422)]
    [InlineData("spec: {containers: [{name: a, $patch: merge}]}", "merging lists cannot yet be specified in the patch")]
    [InlineData("spec: {containers: [{name: a, $patch: explode}]}", "takes replace or delete")]
    [InlineData("spec: {containers: [{$patch: delete}]}", "lacks the merge key")]
    [InlineData("spec: {$setElementOrder/containers: [{name: a}, {name: b}], containers: [{name: b}, {name: a}]}", "does not match its $setElementOrder list")]
    [InlineData("spec: {$setElementOrder/containers: [{name: a}], containers: [{name: b}]}", "does not match its $setElementOrder list")]
    public void MalformedPatchesAreRefused(string patch, string why, int code = 400)
    {
        var document = Json.Of("spec: {containers: [{name: a}]}");
        var refusal = Assert.Throws<ApiException>(() => StrategicMergePatch.Apply(document, Json.Of(patch), BuiltInKinds.Find("", "Pod")!.Schema));
        Assert.Equal(code, refusal.Code);
        Assert.Contains(why, refusal.Message);
    }
}
