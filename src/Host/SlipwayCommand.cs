using System.CommandLine;
using Slipway.Cli;
using Slipway.Cli.Commands;
using Slipway.Host.Clusters;
using Slipway.Host.Commands;

namespace Slipway.Host;

/// <summary>The command line: every command that there is.</summary>
internal static class SlipwayCommand
{
    public static RootCommand Create(CliContext context)
    {
        var clusters = ClusterRegistry.OfThisMachine();
        var life = new ClusterLife(clusters, context.Clock);
        var root = new RootCommand("Runs data workloads in containers, the way Kubernetes does.")
        {
            // The life of a cluster
            UpCommand.Create(context, clusters, life),
            DownCommand.Create(context, clusters, life),
            StatusCommand.Create(context, clusters),
            ServerCommand.Create(context, clusters),
            KubeconfigCommand.Create(context, clusters),
            RotateCommand.Create(context, clusters, life),

            // Objects of its API
            ApplyCommand.Create(context),
            GetCommand.Create(context),
            WhyCommand.Create(context),
            DeleteCommand.Create(context, (name, cancellation) => life.DeleteAsync(context, name ?? ClusterName.Default, cancellation)),

            // Flows
            RunCommand.Create(context),
            RerunCommand.Create(context),
            BackfillCommand.Create(context),
            RunsCommand.Create(context),
            LogsCommand.Create(context),
            ArtifactsCommand.Create(context, Environment.GetEnvironmentVariable),
            CacheCommand.Create(context),
            QueryCommand.Create(context),
            LineageCommand.Create(context),
            SteeringCommands.Approve(context),
            SteeringCommands.Suspend(context),
            SteeringCommands.Resume(context),
            SteeringCommands.Stop(context),
            LintCommand.Create(context),
            RenderCommand.Create(context),
            DiffCommand.Create(context),
            TestCommand.Create(context),
            SchemaCommand.Create(context),

            // On any Kubernetes
            InstallCommand.Create(context),
            OperatorCommand.Create(context),
            TaskPodCommand.Create(context),

            ImageCommand.Create(context, clusters),
            CompletionCommand.Create(context),
            CompletionCommand.Answer(context),
            VersionCommand.Create(context),
        };
        // "slipway version" tells more.
        foreach (var option in root.Options.OfType<VersionOption>().ToList()) root.Options.Remove(option);
        return root;
    }
}
