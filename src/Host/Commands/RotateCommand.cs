using System.CommandLine;
using Slipway.Cli;
using Slipway.Host.Clusters;
using Slipway.Host.Pki;

namespace Slipway.Host.Commands;

/// <summary><c>slipway rotate</c>: replaces certificates or keys before their time; a running cluster goes on with the new ones.</summary>
internal static class RotateCommand
{
    public static Command Create(CliContext context, ClusterRegistry clusters, ClusterLife life) =>
        new("rotate", "Replace certificates or keys of a cluster, while it runs")
        {
            Part("certificates", "Issue new certificates for the API server and the administrator", context, clusters, life, RotateCertificates),
            Part("token-key", "Sign the tokens of service accounts with a new key; those that were signed before stay good", context, clusters, life, RotateTokenKey),
            Part("secrets-key", "Encrypt the secrets at rest with a new key", context, clusters, life, RotateSecretsKey),
        };

    private static Command Part(string name, string description, CliContext context, ClusterRegistry clusters, ClusterLife life, Func<Cluster, string, DateTimeOffset, string> rotate)
    {
        var options = new ClusterOptions();
        var command = new Command(name, description);
        options.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            Machine.RequireRoot($"replace {name}");
            var clusterName = parsed.GetRequiredValue(options.Name);
            using var operation = FileLock.Acquire(clusters.Paths.OperationLock(clusterName));
            var cluster = clusters.Get(clusterName);
            var directory = clusters.Paths.Of(cluster).Pki;
            if (!Directory.Exists(directory)) throw new CommandException($"cluster \"{clusterName}\" has no certificates yet; start it with \"slipway up{ClusterRegistry.NameOption(clusterName)}\"");
            var done = rotate(cluster, directory, context.Clock.GetUtcNow());
            await context.Out.WriteLineAsync(life.ServerOf(cluster) is null ? $"{done}; the next \"slipway up\" takes it up." : $"{done}; the running server takes it up within seconds.");
            return ExitCodes.Succeeded;
        });
        return command;
    }

    private static string RotateCertificates(Cluster cluster, string directory, DateTimeOffset now)
    {
        foreach (var name in (ReadOnlySpan<string>)["server", "admin"]) File.Delete(Path.Combine(directory, $"{name}.crt"));
        using var pki = ClusterPki.Ensure(directory, cluster.Name, cluster.CertifiedAddresses, now);
        KubeconfigFile.Add(KubeconfigFile.Describe(cluster, pki));
        return $"New certificates, valid until {pki.Server.NotAfter:yyyy-MM-dd}, and the context {KubeconfigFile.ContextOf(cluster.Name)} in {KubeconfigFile.Path}";
    }

    private static string RotateTokenKey(Cluster cluster, string directory, DateTimeOffset now) => $"A new key is in {ServiceAccountKeyFiles.Add(directory, now)}";

    private static string RotateSecretsKey(Cluster cluster, string directory, DateTimeOffset now) => $"A new key is in {EncryptionKeyFiles.Add(directory, now)}";
}
