namespace Slipway.Client.Tests.Https;

public sealed class KubeconfigTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kubeconfig").FullName;

    private static readonly KubeconfigContext Ours = new()
    {
        Name = "slipway-default",
        Server = "https://127.0.0.1:6443",
        CertificateAuthority = "-----CA-----",
        ClientCertificate = "-----CERT-----",
        ClientKey = "-----KEY-----",
    };

    private const string Other = """
        apiVersion: v1
        kind: Config
        preferences:
          colors: true
        x-tool: { keep: "me" }
        clusters:
        - cluster:
            server: https://kind:1
            extensions:
            - extension: {last-update: today}
              name: info
          name: kind
        contexts:
        - context:
            user: kind
            cluster: kind
            namespace: work
          name: kind
        current-context: kind
        users:
        - name: kind
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1
              command: get-token
              args: ["a", "b"]
        """;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_is_merged_is_read_back_from_the_file()
    {
        var file = Path.Combine(_directory, "new", "config");
        var config = Kubeconfig.Read(file);
        config.Merge(Ours, makeCurrent: false);
        config.Write(file);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        var read = Kubeconfig.Read(file);
        Assert.Equal("slipway-default", read.CurrentContext);
        Assert.Equal(Ours, read.Context());
        Assert.Single(Directory.GetFileSystemEntries(Path.Combine(_directory, "new")));
    }

    [Fact]
    public void What_other_tools_wrote_survives()
    {
        var config = Kubeconfig.Parse(Other);
        var before = config.ToString();
        config.Merge(Ours, makeCurrent: true);
        Assert.Equal("slipway-default", config.CurrentContext);
        Assert.Equal(["kind", "slipway-default"], config.ContextNames);
        Assert.Contains("get-token", config.ToString());
        Assert.True(config.Remove("slipway-default"));
        Assert.Equal(before.Replace("current-context: kind", "current-context: \"\""), config.ToString());
    }

    [Fact]
    public void Merging_again_changes_nothing_and_keeps_the_namespace_set_since()
    {
        var config = Kubeconfig.Parse(Other);
        config.Merge(Ours, makeCurrent: true);
        var text = config.ToString().Replace("cluster: slipway-default\n", "cluster: slipway-default\n    namespace: mine\n");
        config = Kubeconfig.Parse(text);
        Assert.Equal("mine", config.Context()!.Namespace);
        config.Merge(Ours, makeCurrent: true);
        Assert.Equal(text, config.ToString());
    }

    [Fact]
    public void A_cluster_that_another_context_uses_is_kept()
    {
        var config = Kubeconfig.Parse(Other.Replace("current-context: kind", "- {context: {cluster: kind, user: other}, name: second}\ncurrent-context: second"));
        Assert.True(config.Remove("kind"));
        Assert.Equal("second", config.CurrentContext);
        Assert.Equal("https://kind:1", config.Context()!.Server);
        Assert.DoesNotContain("get-token", config.ToString());
        Assert.False(config.Remove("kind"));
    }

    [Fact]
    public void Empty_lists_as_kubectl_writes_them_are_filled()
    {
        var config = Kubeconfig.Parse("apiVersion: v1\nkind: Config\nclusters: null\ncontexts: []\nusers: null\npreferences: {}\ncurrent-context: \"\"\n");
        config.Merge(Ours, makeCurrent: false);
        Assert.Equal(Ours, Kubeconfig.Parse(config.ToString()).Context());
    }

    [Fact]
    public void Certificates_in_files_are_found_relative_to_the_kubeconfig()
    {
        File.WriteAllText(Path.Combine(_directory, "ca.crt"), "from file");
        var text = "clusters: [{name: c, cluster: {server: 'https://c', certificate-authority: ca.crt}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\ncurrent-context: c\n";
        var context = Kubeconfig.Parse(text, Path.Combine(_directory, "config")).Context();
        Assert.Equal("from file", context!.CertificateAuthority);
    }

    [Fact]
    public void A_damaged_file_is_named_with_the_place()
    {
        var error = Assert.Throws<InvalidDataException>(() => Kubeconfig.Parse("clusters:\n- name: a\n  b: 'x", "some.yaml"));
        Assert.Contains("some.yaml line", error.Message);
        Assert.Throws<InvalidDataException>(() => Kubeconfig.Parse("clusters: [\nx: {", "some.yaml"));
        Assert.Throws<InvalidDataException>(() => Kubeconfig.Parse("just text", "some.yaml"));
    }

    [Fact]
    public void A_link_to_the_file_stays_a_link()
    {
        var real = Path.Combine(_directory, "real");
        var link = Path.Combine(_directory, "link");
        File.WriteAllText(real, Other);
        File.CreateSymbolicLink(link, real);
        var config = Kubeconfig.Read(link);
        config.Merge(Ours, makeCurrent: true);
        config.Write(link);
        Assert.NotNull(new FileInfo(link).LinkTarget);
        Assert.Equal("slipway-default", Kubeconfig.Read(real).CurrentContext);
    }

    [Theory]
    [InlineData(null, "/home/me/.kube/config")]
    [InlineData("", "/home/me/.kube/config")]
    [InlineData("/a:/b", "/a")]
    public void The_file_is_the_first_of_the_variable_or_the_one_at_home(string? variable, string path) =>
        Assert.Equal(path, Kubeconfig.DefaultPath(variable, "/home/me"));
}
