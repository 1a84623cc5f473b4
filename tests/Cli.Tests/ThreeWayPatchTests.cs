using System.Text.Json.Nodes;
using Slipway.Cli.Resources;

namespace Cli.Tests;

public sealed class ThreeWayPatchTests
{
    [Theory]
    // last applied, wanted, live, patch
    [InlineData("{}", """{"a":1}""", """{"a":1}""", "{}")]
    [InlineData("{}", """{"a":2}""", """{"a":1,"b":1}""", """{"a":2}""")]
    [InlineData("""{"a":1,"b":1}""", """{"a":1}""", """{"a":1,"b":1}""", """{"b":null}""")]
    [InlineData("""{"a":1,"b":1}""", """{"a":1}""", """{"a":1}""", "{}")]
    [InlineData("""{"m":{"x":1,"y":1}}""", """{"m":{"x":2}}""", """{"m":{"x":1,"y":1,"z":1}}""", """{"m":{"x":2,"y":null}}""")]
    [InlineData("{}", """{"l":[1,2]}""", """{"l":[1]}""", """{"l":[1,2]}""")]
    [InlineData("{}", """{"m":{"x":1}}""", """{"m":5}""", """{"m":{"x":1}}""")]
    public void Changes_what_differs_and_removes_what_is_no_longer_declared(string last, string wanted, string live, string patch) =>
        Assert.Equal(patch, ThreeWayPatch.Between(Parse(last), Parse(wanted), Parse(live)).ToJsonString());

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}

public sealed class ServedResourcesTests
{
    private static readonly ServedResources Served = new([.. ServedResources.Read(JsonNode.Parse("""
        {"items":[{"metadata":{"name":""},"versions":[{"version":"v1","resources":[
          {"resource":"pods","responseKind":{"kind":"Pod"},"scope":"Namespaced","singularResource":"pod","shortNames":["po"]},
          {"resource":"nodes","responseKind":{"kind":"Node"},"scope":"Cluster","singularResource":"node"}]}]},
         {"metadata":{"name":"batch"},"versions":[{"version":"v1","resources":[
          {"resource":"jobs","responseKind":{"kind":"Job"},"scope":"Namespaced","singularResource":"job"}]}]}]}
        """)!.AsObject())]);

    [Theory]
    [InlineData("pods", "Pod")]
    [InlineData("po", "Pod")]
    [InlineData("POD", "Pod")]
    [InlineData("jobs.batch", "Job")]
    public void A_resource_is_found_by_each_of_its_names(string word, string kind) => Assert.Equal(kind, Served.Find(word).Kind);

    [Fact]
    public void A_misspelt_resource_is_refused_with_the_nearest_name() =>
        Assert.Equal("the server has no resource \"podz\", did you mean \"pods\"?", Assert.Throws<Slipway.Cli.CommandException>(() => Served.Find("podz")).Message);

    [Fact]
    public void A_kind_of_another_version_is_refused_with_the_right_one() =>
        Assert.Equal("kind Job is not served as apiVersion batch/v1beta1; use batch/v1", Assert.Throws<Slipway.Cli.CommandException>(() => Served.Find("batch/v1beta1", "Job")).Message);

    [Fact]
    public void Paths_follow_the_scope()
    {
        Assert.Equal("/apis/batch/v1/namespaces/a/jobs/b", Served.Find("jobs").ObjectPath("a", "b"));
        Assert.Equal("/api/v1/nodes/b", Served.Find("nodes").ObjectPath("a", "b"));
    }
}

public sealed class TableViewTests
{
    [Fact]
    public void A_table_is_printed_as_kubectl_prints_it()
    {
        var table = JsonNode.Parse("""
            {"columnDefinitions":[{"name":"Name","priority":0},{"name":"Ready"},{"name":"Node","priority":1}],
             "rows":[{"cells":["web-1","1/1","n1"],"object":{"metadata":{"namespace":"default"}}},{"cells":["db",null,"n1"],"object":{"metadata":{"namespace":"x"}}}]}
            """)!.AsObject();

        Assert.Equal("NAME    READY\nweb-1   1/1\ndb      <none>\n", TableView.Format(table));
        Assert.Equal("NAMESPACE   NAME    READY    NODE\ndefault     web-1   1/1      n1\nx           db      <none>   n1\n", TableView.Format(table, wide: true, withNamespace: true));
    }
}
