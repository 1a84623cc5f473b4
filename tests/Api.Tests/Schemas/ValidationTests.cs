using Slipway.Api.Schemas;

namespace Slipway.Api.Tests.Schemas;

public sealed class ValidationTests
{
    [Theory]
    [InlineData("spec: {contaners: []}", "unknown field \"spec.contaners\", did you mean \"containers\"?")]
    [InlineData("spec: {containers: [{name: a, imagePulPolicy: Always}]}", "unknown field \"spec.containers[0].imagePulPolicy\", did you mean \"imagePullPolicy\"?")]
    [InlineData("spec: {qqqqqqqq: 1}", "unknown field \"spec.qqqqqqqq\"")]
    [InlineData("metadata: {label: {}}", "unknown field \"metadata.label\", did you mean \"labels\"?")]
    [InlineData("metadat: {}", "unknown field \"metadat\", did you mean \"metadata\"?")]
    public void UnknownFieldsAreNamedWithTheNearestKnownOne(string yaml, string message)
    {
        var fields = UnknownFields.Find(Pod, Json.Of(yaml));
        Assert.Equal(message, Assert.Single(fields).ToString());
        Assert.Equal($"strict decoding error: {message}", UnknownFields.Refusal(fields).Message);
    }

    [Fact]
    public void MapsAndFreeFormFieldsHaveNoUnknownFields() => Assert.Empty(UnknownFields.Find(Pod, Json.Of("""
        apiVersion: v1
        kind: Pod
        metadata: {labels: {any: thing}, managedFields: [{fieldsV1: {"f:a": {}}}]}
        spec: {nodeSelector: {a: b}, containers: [{name: a, resources: {limits: {example.com/gpu: 1}}}]}
        """)));

    [Theory]
    [InlineData("spec: {containers: {}}", "spec.containers: Invalid value: \"object\": must be of type array, not object")]
    [InlineData("spec: {containers: [{name: 1}]}", "spec.containers[0].name: Invalid value: 1: must be of type string, not integer")]
    [InlineData("spec: {}", "spec.containers: Required value")]
    [InlineData("spec: {containers: [], hostNetwork: 'yes'}", "spec.hostNetwork: Invalid value: \"yes\": must be of type boolean, not string")]
    [InlineData("spec: {containers: [], activeDeadlineSeconds: 1.5}", "spec.activeDeadlineSeconds: Invalid value: 1.5: must be of type integer, not number")]
    [InlineData("spec: {containers: [], priority: 3000000000}", "spec.priority: Invalid value: 3000000000: must be an integer of 32 bits")]
    [InlineData("spec: {containers: [], restartPolicy: Sometimes}", "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\"")]
    [InlineData("spec: {containers: [{name: a, resources: {limits: {cpu: 1x}}}]}", "spec.containers[0].resources.limits[cpu]: Invalid value: \"1x\": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    [InlineData("metadata: {creationTimestamp: yesterday}", "metadata.creationTimestamp: Invalid value: \"yesterday\": must be a time as in RFC 3339, such as \"2006-01-02T15:04:05Z\"")]
    [InlineData("metadata: {labels: {a: 1}}", "metadata.labels[a]: Invalid value: 1: must be of type string, not integer")]
    public void BuiltInDocumentsAreHeldToTheirSchema(string yaml, string expected) =>
        Assert.Equal([expected], Json.Shown(SchemaValidator.Validate(Pod, Json.Of(yaml))));

    [Theory]
    [InlineData("spec: {containers: [{name: a, resources: {limits: {cpu: 1, memory: 1Gi}}}]}")]
    [InlineData("spec: {containers: [{name: a, livenessProbe: {httpGet: {port: http}}}, {name: b, livenessProbe: {httpGet: {port: 80}}}]}")]
    [InlineData("metadata: {creationTimestamp: null}\nspec: {containers: []}")]
    [InlineData("spec: {containers: [], restartPolicy: ''}")]
    [InlineData("spec: {containers: []}\nstatus: {containerStatuses: [{name: a}]}")]
    [InlineData("spec: {containers: []}\nstatus: {phase: Odd, qosClass: Odd, containerStatuses: [{name: a, stopSignal: ODD}]}")]
    public void ValidDocumentsPass(string yaml) => Assert.Empty(SchemaValidator.Validate(Pod, Json.Of(yaml)));

    [Fact]
    public void DefaultsBringBuiltInDocumentsToTheirCanonicalForm()
    {
        var document = Json.Of("""
            metadata: {creationTimestamp: null, annotations: null, deletionTimestamp: "2026-01-02T03:04:05.6+02:00"}
            spec:
              nodeSelector: null
              containers:
              - {name: a, ports: [{containerPort: 1}], resources: {limits: {cpu: 0.5, memory: 1024Mi}}}
            """);
        Defaulter.Apply(Pod, document);
        Json.AssertEqual("""{"metadata":{"deletionTimestamp":"2026-01-02T01:04:05Z"},"spec":{"containers":[{"name":"a","ports":[{"containerPort":1,"protocol":"TCP"}],"resources":{"limits":{"cpu":"500m","memory":"1Gi"}}}]}}""", document);
    }

    [Fact]
    public void PruningRemovesWhatIsNotDeclared()
    {
        var document = Json.Of("""
            apiVersion: v1
            kind: Pod
            extra: 1
            metadata: {name: a, labels: {b: c}, more: 2}
            spec: {containers: [{name: a, env: [{name: x, foo: 1}]}], nodeSelector: {k: v}}
            """);
        Pruner.Prune(Pod, document);
        Assert.Equal("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":{"b":"c"}},"spec":{"containers":[{"name":"a","env":[{"name":"x"}]}],"nodeSelector":{"k":"v"}}}""", Json.Text(document));
    }

    private static Schema Pod => BuiltInKinds.Find("", "Pod")!.Schema;
}
