using System.CommandLine;
using Slipway.Cli;
using Slipway.Client;
using Slipway.Host.Clusters;
using Slipway.Host.Pki;

namespace Slipway.Host.Commands;

/// <summary><c>slipway kubeconfig</c>: prints the administrator's kubeconfig of a cluster.</summary>
internal static class KubeconfigCommand
{
    public static Command Create(CliContext context, ClusterRegistry clusters)
    {
        var options = new ClusterOptions();
        var command = new Command("kubeconfig", "Print a kubeconfig for a cluster");
        options.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            var kubeconfig = Kubeconfig.Empty();
            kubeconfig.Merge(Describe(clusters, parsed.GetRequiredValue(options.Name)), makeCurrent: true);
            await context.Out.WriteAsync(kubeconfig.ToString());
            return ExitCodes.Succeeded;
        });
        return command;
    }

    // Root reads the certificates themselves; the user who started the cluster has them in the kubeconfig.
    private static KubeconfigContext Describe(ClusterRegistry clusters, string name)
    {
        var cluster = clusters.Get(name);
        if (!Environment.IsPrivilegedProcess)
            return Kubeconfig.Read(KubeconfigFile.Path).Context(KubeconfigFile.ContextOf(name))
                ?? throw new CommandException($"the certificates of cluster \"{name}\" are readable by root alone; run: sudo slipway kubeconfig{ClusterRegistry.NameOption(name)}");
        using var pki = ClusterPki.Read(clusters.Paths.Of(cluster).Pki)
            ?? throw new CommandException($"cluster \"{name}\" has no certificates yet; start it with \"slipway up{ClusterRegistry.NameOption(name)}\"");
        return KubeconfigFile.Describe(cluster, pki);
    }
}
