using Slipway.ApiServer.Audit;
using Slipway.Cli;

namespace Slipway.Host.Clusters;

public sealed class ClusterAuditTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string LogPath => _directory["state/audit.log"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Nothing_is_recorded_if_that_is_asked_for()
    {
        Assert.Null(ClusterAudit.Options(new() { LogPath = ClusterAudit.None }, LogPath));
        Assert.Null(ClusterAudit.Options(new() { PolicyFile = ClusterAudit.BuiltIn, LogPath = ClusterAudit.None }, LogPath));
        Assert.False(File.Exists(LogPath));
    }

    [Fact]
    public void By_default_the_built_in_policy_is_followed()
    {
        foreach (var asked in (ClusterAudit?[])[null, new() { PolicyFile = ClusterAudit.BuiltIn }])
        {
            var options = ClusterAudit.Options(asked, LogPath)!;
            Assert.Same(AuditPolicy.Default, options.Policy);
            Assert.Equal(new AuditFileOptions(LogPath), options.File);
        }
        Assert.Equal(5 << 20, ClusterAudit.Options(new() { MaxSize = 5 }, LogPath)!.File.MaxBytes);
        Assert.Same(AuditPolicy.Default, ClusterAudit.Options(new() { LogPath = LogPath }, "/none")!.Policy);
    }

    [Fact]
    public void What_is_asked_for_is_done()
    {
        File.WriteAllText(_directory["policy.yaml"], "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: Request }]\n");
        var options = ClusterAudit.Options(
            new() { PolicyFile = _directory["policy.yaml"], LogPath = _directory["elsewhere/a.log"], MaxSize = 5, MaxBackup = 0, MaxAge = 7 }, LogPath)!;
        Assert.Equal(AuditLevel.Request, options.Policy.Decide(new(new("a", []), "get", null, "", "pods", "", "")).Level);
        Assert.Equal(new AuditFileOptions(_directory["elsewhere/a.log"]) { MaxBytes = 5 << 20, MaxFiles = 0, MaxAge = TimeSpan.FromDays(7) }, options.File);
    }

    [Theory]
    [InlineData("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: All }]", "is wrong: rules[0].level: Unsupported value: \"All\": supported values: \"None\", \"Metadata\", \"Request\", \"RequestResponse\"")]
    [InlineData("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: None, user: [a] }]", "is wrong: strict decoding error: unknown field \"rules[0].user\"")]
    [InlineData("apiVersion: v1\nkind: Policy", "is wrong: an audit policy must be a Policy of audit.k8s.io/v1, not Policy of v1")]
    [InlineData("a: [", "is wrong: ")]
    [InlineData("", "must hold one document")]
    [InlineData(null, "cannot be read: Could not find file")]
    public void A_wrong_policy_is_told_with_its_file_field_and_value(string? text, string told)
    {
        var path = _directory["policy.yaml"];
        if (text is not null) File.WriteAllText(path, text);
        var refusal = Assert.Throws<CommandException>(() => ClusterAudit.Options(new() { PolicyFile = path }, LogPath));
        Assert.StartsWith($"the audit policy {path} {told}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_without_a_place_is_told() =>
        Assert.StartsWith($"the audit log {_directory.Path} cannot be written: ", Assert.Throws<CommandException>(() => ClusterAudit.Options(new() { LogPath = _directory.Path }, LogPath)).Message, StringComparison.Ordinal);
}
