namespace Slipway.Conformance;

/// <summary>An unmodified kubectl against the API server.</summary>
public sealed class KubectlTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task It_creates_reads_and_deletes_from_the_command_line()
    {
        await Run("create namespace basics");
        await Run("create configmap c --from-literal=k=v -n basics");
        await Run("create secret generic s --from-literal=p=q -n basics");
        Assert.Equal("v", await Run("get configmap c -n basics -o jsonpath={.data.k}"));
        Assert.Equal("cQ==", await Run("get secret s -n basics -o jsonpath={.data.p}"));
        Assert.Contains("name: c", await Run("get configmap c -n basics -o yaml"), StringComparison.Ordinal);
        Assert.Equal("configmap/c\n", await Run("get configmaps -n basics -o name"));
        await Run("delete configmap c -n basics");
        Assert.Contains("(NotFound)", (await Kubectl("get configmap c -n basics")).Failed(), StringComparison.Ordinal);
    }

    private Task<ProgramResult> Kubectl(string arguments, string input = "") => api.RunAsync(Conformance.Kubectl.Program, arguments, input);

    private async Task<string> Run(string arguments, string input = "") => (await Kubectl(arguments, input)).Succeeded();
}
