using Slipway.Api.Apply;
using Slipway.Api.Schemas;

namespace Slipway.Api.Tests.Apply;

/// <summary>Apply configurations that own nothing, over a pod.</summary>
public sealed class ConfigurationOverlayTests
{
    private const string Pod = """
        metadata: {name: p, labels: {a: b}}
        spec: {nodeSelector: {x: y}, tolerations: [{key: t}], containers: [{name: c, image: i, args: [one], ports: [{containerPort: 80, protocol: TCP}]}]}
        """;

    [Theory]
    [InlineData("metadata: {labels: {c: d}}", """{"labels":{"a":"b","c":"d"},"name":"p"}""", "metadata")]
    [InlineData("spec: {containers: [{name: c, image: j}]}", """[{"name":"c","image":"j","args":["one"],"ports":[{"containerPort":80,"protocol":"TCP"}]}]""", "containers")]
    [InlineData("spec: {containers: [{name: d, image: j}]}", """[{"name":"c","image":"i","args":["one"],"ports":[{"containerPort":80,"protocol":"TCP"}]},{"name":"d","image":"j"}]""", "containers")]
    [InlineData("spec: {containers: [{name: c, ports: [{containerPort: 80, name: web}]}]}", """[{"name":"c","image":"i","args":["one"],"ports":[{"containerPort":80,"protocol":"TCP","name":"web"}]}]""", "containers")]
    public void Parts_that_are_owned_one_by_one_are_merged(string configuration, string expected, string part)
    {
        var merged = ConfigurationOverlay.Merge(Schema, Json.Of(Pod), Json.Of(configuration));
        Json.AssertEqual(expected, part == "metadata" ? merged[part] : merged["spec"]![part]);
    }

    [Theory]
    [InlineData("spec: {nodeSelector: {z: z}}", ".spec.nodeSelector")]
    [InlineData("spec: {tolerations: [{key: u}]}", ".spec.tolerations")]
    [InlineData("spec: {containers: [{name: c, args: [two]}, {name: d, command: [x]}]}", ".spec.containers[0].args, .spec.containers[1].command")]
    public void What_would_be_replaced_as_a_whole_is_refused(string configuration, string paths) =>
        Assert.Equal($"invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: {paths}", Refusal(configuration));

    [Theory]
    [InlineData("spec: {nodes: 1}", "failed to convert patch object to typed object: .spec.nodes: field not declared in schema")]
    [InlineData("spec: {containers: {}}", "failed to convert patch object to typed object: .spec.containers: expected list, got map")]
    public void What_does_not_fit_the_schema_is_refused(string configuration, string message) => Assert.Equal(message, Refusal(configuration));

    private static Schema Schema => BuiltInKinds.Find("", "Pod")!.Schema;

    private static string Refusal(string configuration) =>
        Assert.Throws<FormatException>(() => ConfigurationOverlay.Merge(Schema, Json.Of(Pod), Json.Of(configuration))).Message;
}
