using Slipway.Api.Apply;
using Slipway.Api.Schemas;

namespace Slipway.Api.Tests.Apply;

public sealed class FieldsV1Tests
{
    [Theory]
    [InlineData("""{"f:a":{}}""", "{\"f:a\":{}}")]
    [InlineData("""{"f:a":{"f:b":{},".":{}}}""", "{\"f:a\":{\".\":{},\"f:b\":{}}}")]
    [InlineData("""{"f:b":{},"f:a":{}}""", "{\"f:a\":{},\"f:b\":{}}")]
    [InlineData("""{"i:10":{},"i:9":{},"v:\"x\"":{},"k:{\"b\":1,\"a\":\"y\"}":{},"f:z":{}}""", """{"f:z":{},"k:{\"a\":\"y\",\"b\":1}":{},"v:\"x\"":{},"i:9":{},"i:10":{}}""")]
    [InlineData("""{"k:{\"p\":8080}":{},"k:{\"p\":80}":{},"k:{\"p\":443}":{}}""", """{"k:{\"p\":80}":{},"k:{\"p\":443}":{},"k:{\"p\":8080}":{}}""")]
    [InlineData("""{"k:{\"p\":1.0}":{},"v:2e0":{}}""", """{"k:{\"p\":1}":{},"v:2":{}}""")]
    [InlineData("""{"x:later":{"f:a":{}},"f:a":{}}""", """{"f:a":{}}""")]
    [InlineData("""{"f:":{},"f:ä\n\"":{}}""", """{"f:":{},"f:ä\n\"":{}}""")]
    [InlineData("{}", "{}")]
    public void Sets_are_read_and_written_in_order(string json, string written) => Assert.Equal(written, Documents.Set(json).ToString());

    [Fact]
    public void A_value_as_deep_as_a_document_may_be_is_an_element()
    {
        var element = $"v:{new string('[', 250)}{new string(']', 250)}";
        Assert.Equal($$$"""{"{{{element}}}":{}}""", Documents.Set($$$"""{"{{{element}}}":{}}""").ToString());
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"f":{}}""")]
    [InlineData("""{"fa":{}}""")]
    [InlineData("""{"f:a":1}""")]
    [InlineData("""{"k:[1]":{}}""")]
    [InlineData("""{"k:{":{}}""")]
    [InlineData("""{"v:":{}}""")]
    [InlineData("""{"i:x":{}}""")]
    public void What_is_no_set_is_refused(string json) => Assert.Throws<FormatException>(() => Documents.Set(json));

    [Theory]
    [InlineData("""{"f:a":{"f:b":{}}}""", """{"f:a":{"f:c":{}}}""", """{"f:a":{"f:b":{},"f:c":{}}}""", "{}", """{"f:a":{"f:b":{}}}""")]
    [InlineData("""{"f:a":{".":{},"f:b":{}}}""", """{"f:a":{}}""", """{"f:a":{".":{},"f:b":{}}}""", """{"f:a":{}}""", """{"f:a":{"f:b":{}}}""")]
    [InlineData("""{"f:a":{}}""", """{"f:a":{"f:b":{}}}""", """{"f:a":{".":{},"f:b":{}}}""", "{}", """{"f:a":{}}""")]
    [InlineData("""{"f:a":{}}""", """{"f:a":{}}""", """{"f:a":{}}""", """{"f:a":{}}""", "{}")]
    public void Sets_are_united_intersected_and_subtracted(string one, string other, string union, string intersection, string difference)
    {
        var (a, b) = (Documents.Set(one), Documents.Set(other));
        Assert.Equal([union, intersection, difference], [a.Union(b).ToString(), a.Intersection(b).ToString(), a.Difference(b).ToString()]);
    }

    [Fact]
    public void Paths_are_shown_as_messages_name_them() => Assert.Equal(
        [".z", ".a.b", ".a[n=\"x\",p=80].c", ".a[=\"v\"]", ".a[3]"],
        FieldSet.Of(["f:z"], ["f:a", "f:b"], ["f:a", """k:{"n":"x","p":80}""", "f:c"], ["f:a", "v:\"v\""], ["f:a", "i:3"]).Shown().OrderBy(p => p.Length < 3 ? 0 : p == ".a.b" ? 1 : p.Contains(".c") ? 2 : p.Contains('v') ? 3 : 4));

    [Fact]
    public void The_creator_of_a_pod_owns_what_it_wrote_as_Kubernetes_says_it()
    {
        var pod = Json.Of("""
            apiVersion: v1
            kind: Pod
            metadata: {name: p, namespace: default, labels: {app: x}, uid: u}
            spec:
              nodeSelector: {a: b}
              containers:
              - name: c
                image: i
                resources: {}
                ports: [{containerPort: 8080, protocol: TCP}, {containerPort: 80}]
                env: [{name: E, value: v}]
                livenessProbe: {httpGet: {path: /, port: 80}}
              restartPolicy: Always
              securityContext: {}
            status: {phase: Pending}
            """);
        var schema = BuiltInKinds.Find("", "Pod")!.Schema;
        var manager = new FieldManager("kubectl-create", "v1", "", FieldScope.AllButStatus, new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero));
        const string expected = """
            [{"manager":"kubectl-create","operation":"Update","apiVersion":"v1","time":"2030-01-02T03:04:05Z","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:env":{".":{},"k:{\"name\":\"E\"}":{".":{},"f:name":{},"f:value":{}}},"f:image":{},"f:livenessProbe":{".":{},"f:httpGet":{".":{},"f:path":{},"f:port":{}}},"f:name":{},"f:ports":{".":{},"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}},"k:{\"containerPort\":8080,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{},"f:protocol":{}}},"f:resources":{}}},"f:nodeSelector":{},"f:restartPolicy":{},"f:securityContext":{}}}}]
            """;
        Assert.Equal(expected, Json.Text(FieldOwnership.OfCreation(manager, schema, pod)));
        Assert.Equal(expected, Json.Text(ManagedFields.Read(System.Text.Encoding.UTF8.GetBytes(expected))!.ToJson()));
    }

    [Theory]
    [InlineData("""[{"manager":"m","operation":"Patch","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{}}]""")]
    [InlineData("""[{"manager":"m","operation":"Update","fieldsType":"FieldsV1","fieldsV1":{}}]""")]
    [InlineData("""[{"manager":"m","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV2"}]""")]
    [InlineData("""[{"manager":"m","operation":"Update","apiVersion":"v1"}]""")]
    [InlineData("""[{"manager":1,"operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1"}]""")]
    [InlineData("""[{"manager":"m","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"a":{}}}]""")]
    [InlineData("""{}""")]
    public void Managed_fields_that_cannot_be_understood_count_as_none(string json) => Assert.Null(ManagedFields.Read(System.Text.Encoding.UTF8.GetBytes(json)));
}
