using Slipway.Storage;

namespace Slipway.ApiServer.Tests.Authorization;

/// <summary>What the account of the controllers of flows may: all of theirs where they run beside the server, and elsewhere what roles give to whoever has its name.</summary>
public sealed class FlowsAccountTests
{
    private const string Binding = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/slipway:flows";
    private static readonly UserInfo Flows = UserInfo.ServiceAccount("slipway-system", "flows");

    public static TheoryData<string, string> Requests() => new()
    {
        { "GET", "/apis/slipway.dev/v1alpha1/flowruns" },
        { "DELETE", "/api/v1/namespaces/default/pods" },
        { "GET", "/api/v1/namespaces/default/secrets/chat" },
        { "GET", "/api/v1/namespaces/default/pods/artifact-store-disk/exec?command=x&stdout=true" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task It_has_its_rights_only_where_flows_run_beside_the_server(string method, string path)
    {
        foreach (var flows in (bool[])[true, false])
        {
            await using var api = await TestApi.StartAsync(new ApiServerOptions { Flows = flows });
            (await api.PostAsync("/api/v1/namespaces/default/secrets", """{"metadata":{"name":"chat"}}""")).Expect(201);
            (await api.PostAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flows",
                """{"apiVersion":"slipway.dev/v1alpha1","kind":"Flow","metadata":{"name":"f"},"spec":{"notifications":[{"name":"n","slack":{"urlFrom":{"name":"chat","key":"url"}}}],"tasks":[{"name":"t","image":"x:1","command":["x"]}]}}""")).Expect(201);
            (await api.PostAsync("/apis/slipway.dev/v1alpha1/namespaces/default/artifactstores", """{"apiVersion":"slipway.dev/v1alpha1","kind":"ArtifactStore","metadata":{"name":"disk"},"spec":{"claim":{"name":"c"}}}""")).Expect(201);
            await api.GetAsync("/apis/slipway.dev/v1alpha1/flows");
            await api.GetAsync("/apis/slipway.dev/v1alpha1/artifactstores");
            Assert.Equal(flows, (await api.SendAsync(method, path, user: Flows)).Code != 403);
        }
    }

    [Fact]
    public async Task A_cluster_that_leaves_its_flows_to_an_operator_takes_the_rights_back_and_gives_them_again()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("slipway-apiserver-").FullName, "state.db");
        await CheckAsync(flows: true, "flows");
        await using (var api = await StartAsync(flows: true))
            (await api.MergeAsync(Binding, """{"subjects":[{"kind":"ServiceAccount","name":"flows","namespace":"slipway-system"},{"kind":"ServiceAccount","name":"other","namespace":"team"}]}""")).Expect(200);
        await CheckAsync(flows: false, "other");
        await CheckAsync(flows: true, "other flows");
        await using (var api = await StartAsync(flows: true))
            (await api.MergeAsync(Binding, """{"metadata":{"annotations":{"rbac.authorization.kubernetes.io/autoupdate":"false"}}}""")).Expect(200);
        await CheckAsync(flows: false, "other flows");
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);

        Task<TestApi> StartAsync(bool flows) => TestApi.StartAsync(new ApiServerOptions { Flows = flows }, SqliteStore.Open(file));

        async Task CheckAsync(bool flows, string subjects)
        {
            await using var api = await StartAsync(flows);
            Assert.Equal(subjects, string.Join(' ', (await api.GetAsync(Binding)).Expect(200).Json["subjects"]!.AsArray().Select(s => s!["name"])));
        }
    }

    [Fact]
    public async Task A_cluster_that_never_ran_flows_has_no_binding_of_theirs()
    {
        await using var api = await TestApi.StartAsync();
        (await api.GetAsync(Binding)).Expect(404);
    }
}
