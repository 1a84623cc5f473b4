namespace Cli.Tests.Commands;

public sealed class GetAndDeleteTests : CommandFixture
{
    private static string ConfigMap(string name, string labels = "{}") => $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: {name}, labels: {labels} }}\ndata: {{ a: \"1\" }}";

    [Fact]
    public async Task Objects_are_a_table_or_documents()
    {
        await RunAsync("apply -f -", ConfigMap("one"));
        var table = (await RunAsync("get configmaps")).Out.Split('\n');
        Assert.Equal(["NAME", "DATA", "AGE"], table[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("one    1", table[1]);
        Assert.Contains("\"kind\": \"ConfigMapList\"", (await RunAsync("get cm -o json")).Out);
        Assert.Contains("kind: ConfigMap\n", (await RunAsync("get ConfigMap one -o yaml")).Out);
    }

    [Fact]
    public async Task Objects_of_all_namespaces_are_told_apart()
    {
        await RunAsync("apply -f -", ConfigMap("one"));
        var lines = (await RunAsync("get cm -A")).Out.Split('\n');
        Assert.StartsWith("NAMESPACE", lines[0]);
        Assert.Contains(lines, line => line.StartsWith("default", StringComparison.Ordinal) && line.Contains("one", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Objects_can_be_selected_by_labels()
    {
        await RunAsync("apply -f -", ConfigMap("one", "{ tier: front }"));
        await RunAsync("apply -f -", ConfigMap("two", "{ tier: back }"));
        var table = (await RunAsync("get cm -l tier=back")).Out;
        Assert.Contains("two", table);
        Assert.DoesNotContain("one", table);
    }

    [Theory]
    [InlineData("get pods", 0, "No pods found in namespace default.")]
    [InlineData("get pod absent", 1, "error: pods \"absent\" not found.")]
    [InlineData("get posd", 1, "error: the server has no resource \"posd\", did you mean \"pods\"?")]
    [InlineData("get pod x -A", 2, "error: a name cannot be looked up in all namespaces; name one with --namespace.")]
    [InlineData("delete pod", 2, "error: name the objects of kind \"pod\" that are to be deleted.")]
    [InlineData("delete pod absent", 1, "error: pods \"absent\" not found.")]
    public async Task What_is_not_there_is_told(string commandLine, int exitCode, string said)
    {
        var result = await RunAsync(commandLine);
        Assert.Equal((exitCode, said + "\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task Delete_removes_objects()
    {
        await RunAsync("apply -f -", ConfigMap("one"));
        await RunAsync("apply -f -", ConfigMap("two"));
        Assert.Equal("configmap/one deleted\nconfigmap/two deleted\n", (await RunAsync("delete cm one two")).Out);
        Assert.Equal(1, (await RunAsync("get cm one")).ExitCode);
    }

    [Fact]
    public async Task Delete_waits_until_finalizers_are_done()
    {
        await RunAsync("apply -f -", ConfigMap("held").Replace("labels:", "finalizers: [example.dev/hold], labels:"));
        var deletion = RunAsync("delete cm held");
        await Cluster.PatchAsync("/api/v1/namespaces/default/configmaps/held", """{"metadata":{"labels":{"looked":"at"}}}""");
        Assert.False(deletion.IsCompleted);
        await Cluster.PatchAsync("/api/v1/namespaces/default/configmaps/held", """{"metadata":{"finalizers":null}}""");
        Assert.Equal("configmap/held deleted\n", (await deletion).Out);
    }

    [Theory]
    [InlineData("delete --name gone", 0)]
    [InlineData("delete", 1)]
    public async Task Without_a_kind_the_cluster_itself_is_deleted(string commandLine, int exitCode) =>
        Assert.Equal(exitCode, (await RunAsync(commandLine)).ExitCode);
}
