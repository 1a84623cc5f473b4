using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;

namespace Slipway.Client.Tests.Json;

public sealed class KindSetTests
{
    [Fact]
    public void Names_come_from_the_kind()
    {
        Assert.Equal("/api/v1/namespaces/a/pods/p", Kinds.Pods.ObjectPath("a", "p"));
        Assert.Equal("/apis/batch/v1/jobs", Kinds.Jobs.CollectionPath(null));
        Assert.Equal("/api/v1/nodes/n", Kinds.Nodes.ObjectPath("ignored", "n"));
        Assert.Equal("/apis/example.dev/v1alpha1/namespaces/a/gadgets", Kinds.Gadgets.CollectionPath("a"));
        Assert.Equal("example.dev/v1alpha1", Kinds.Gadgets.ApiVersion);
    }

    [Fact]
    public void A_pod_survives_reading_and_writing()
    {
        const string json = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"a","creationTimestamp":"2026-01-02T03:04:05Z",
              "labels":{"app":"<web>"}},
             "spec":{"containers":[{"name":"c","image":"i","ports":[{"containerPort":80}],
               "resources":{"limits":{"cpu":"500m","memory":"1Gi"},"requests":{"cpu":"100m","example.com/gpu":"2"}},
               "livenessProbe":{"httpGet":{"port":8080,"path":"/"}},
               "readinessProbe":{"httpGet":{"port":"http","path":"/"}}}],
               "restartPolicy":"Never"},
             "status":{"phase":"Running","startTime":"2026-01-02T03:04:06Z","conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-02T03:04:07Z"}]}}
            """;
        var pod = Kinds.Pods.Read(Encoding.UTF8.GetBytes(json));
        Assert.Equal(new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), pod.Metadata.CreationTimestamp);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), Kinds.Pods.ToDocument(pod)), Encoding.UTF8.GetString(Kinds.Pods.Write(pod)));
        Assert.Contains("<web>", Encoding.UTF8.GetString(Kinds.Pods.Write(pod)));
    }

    [Fact]
    public void Texts_that_come_again_are_one_string()
    {
        // A set of its own: what other tests read at the same time displaces nothing in it.
        var pods = new KindSet(TestJson.Default).Namespaced<V1Pod>();
        V1Pod Pod(string name) => pods.Read(Encoding.UTF8.GetBytes(
            $$$"""{"metadata":{"name":"{{{name}}}","namespace":"of-many","labels":{"app.of.many":"a value","escaped":"a\"b","long":"{{{new string('x', 100)}}}"}},"spec":{"nodeName":"ünicode"}}"""));
        _ = Pod("first");
        var known = Pod("second");
        // What comes once displaces nothing.
        var last = known;
        for (var i = 0; i < 20_000; i++)
            last = Pod($"once-{i}");
        Assert.Equal("once-19999", last.Metadata.Name);
        Assert.Same(known.Metadata.NamespaceProperty, last.Metadata.NamespaceProperty);
        Assert.Equal("a\"b", last.Metadata.Labels["escaped"]);
        Assert.Equal(100, last.Metadata.Labels["long"].Length);
        Assert.Equal("ünicode", last.Spec.NodeName);
        var (key, value) = last.Metadata.Labels.Single(label => label.Key == "app.of.many");
        Assert.Same(known.Metadata.Labels.Keys.Single(k => k == "app.of.many"), key);
        Assert.Same(known.Metadata.Labels["app.of.many"], value);
    }

    [Fact]
    public void A_node_survives_reading_and_writing()
    {
        const string json = """
            {"apiVersion":"v1","kind":"Node","metadata":{"name":"n"},
             "spec":{"taints":[{"key":"k","effect":"NoSchedule"}]},
             "status":{"allocatable":{"cpu":"2","memory":"4028476Ki","pods":"110","ephemeral-storage":"18242267924"},
               "conditions":[{"type":"Ready","status":"True","lastHeartbeatTime":"2026-01-02T03:04:07Z"}]}}
            """;
        var node = Kinds.Nodes.Read(Encoding.UTF8.GetBytes(json));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), Kinds.Nodes.ToDocument(node)), Encoding.UTF8.GetString(Kinds.Nodes.Write(node)));
    }

    [Fact]
    public void A_job_survives_reading_and_writing()
    {
        const string json = """
            {"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j","namespace":"a"},
             "spec":{"completions":3,"parallelism":2,"suspend":false,"template":{"metadata":{"labels":{"x":"y"}},"spec":{"containers":[{"name":"c","image":"i"}]}}},
             "status":{"active":1,"startTime":"2026-01-02T03:04:07Z","uncountedTerminatedPods":{"succeeded":["u"]}}}
            """;
        var job = Kinds.Jobs.Read(Encoding.UTF8.GetBytes(json));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), Kinds.Jobs.ToDocument(job)), Encoding.UTF8.GetString(Kinds.Jobs.Write(job)));
    }

    [Fact]
    public void Times_have_whole_seconds_and_micro_times_six_digits()
    {
        var time = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc).AddTicks(1_234_567);
        var lease = new V1Lease
        {
            Metadata = new() { Name = "l", CreationTimestamp = time },
            Spec = new() { RenewTime = time, AcquireTime = time.Date },
        };
        var written = Kinds.Leases.ToDocument(lease);
        Assert.Equal("2026-01-02T03:04:05Z", written["metadata"]!["creationTimestamp"]!.GetValue<string>());
        Assert.Equal("2026-01-02T03:04:05.123456Z", written["spec"]!["renewTime"]!.GetValue<string>());
        Assert.Equal("2026-01-02T00:00:00.000000Z", written["spec"]!["acquireTime"]!.GetValue<string>());
        Assert.Equal(time.AddTicks(-7), Kinds.Leases.Read(Kinds.Leases.Write(lease)).Spec.RenewTime);
    }

    [Theory]
    [InlineData("2026-01-02T03:04:05Z")]
    [InlineData("2026-01-02T03:04:05.0Z")]
    [InlineData("2026-01-02T03:04:05.000000000Z")]
    [InlineData("2026-01-02T05:04:05+02:00")]
    public void Any_rfc_3339_time_is_read_as_utc(string text)
    {
        var pod = Kinds.Pods.Read(Encoding.UTF8.GetBytes($$$"""{"metadata":{"creationTimestamp":"{{{text}}}"}}"""));
        Assert.Equal(new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), pod.Metadata.CreationTimestamp);
        Assert.Equal(DateTimeKind.Utc, pod.Metadata.CreationTimestamp!.Value.Kind);
    }

    [Fact]
    public void An_own_kind_is_written_in_camel_case_without_nulls()
    {
        var written = Kinds.Gadgets.ToDocument(new Gadget { Metadata = new() { Name = "g" }, MaxSpeed = 3 });
        Assert.Equal("""{"apiVersion":"example.dev/v1alpha1","kind":"Gadget","metadata":{"name":"g"},"maxSpeed":3}""", written.ToJsonString());
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","resources":{"limits":{"cpu":"many"}}}]}}""")]
    [InlineData("""{"metadata":{"creationTimestamp":"yesterday"}}""")]
    [InlineData("""{"metadata":null}""")]
    [InlineData("null")]
    public void What_the_model_cannot_hold_is_a_json_error(string json) =>
        Assert.Throws<JsonException>(() => Kinds.Pods.Read(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Managed_fields_are_neither_read_nor_written()
    {
        var pod = Kinds.Pods.Read("""{"metadata":{"name":"p","managedFields":[{"manager":"m","fieldsV1":{"f:a":{}}}],"labels":{"a":"b"}}}"""u8);
        Assert.Null(pod.Metadata.ManagedFields);
        Assert.Equal("""{"labels":{"a":"b"},"name":"p"}""", Kinds.Pods.ToDocument(pod)["metadata"]!.ToJsonString());
    }

    [Fact]
    public void Metadata_of_any_kind_can_be_read()
    {
        var resource = PartialObjectMetadata.ResourceOf("example.dev", "v1", "things", "Thing", namespaced: true);
        var item = resource.Read("""{"apiVersion":"example.dev/v1","kind":"Thing","metadata":{"name":"t","namespace":"a"},"spec":{"x":[1]}}"""u8);
        Assert.Equal(new ObjectKey("a", "t"), resource.KeyOf(item));
    }
}
