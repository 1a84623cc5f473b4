using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Cli.Resources;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway delete KIND NAME</c> deletes an object; without arguments it deletes the cluster itself.</summary>
public static class DeleteCommand
{
    /// <summary>The command.</summary>
    /// <param name="context">Its surroundings.</param>
    /// <param name="deleteCluster">Deletes the cluster of a name; null names the default one.</param>
    public static Command Create(CliContext context, Func<string?, CancellationToken, Task<int>> deleteCluster)
    {
        var kind = new Argument<string?>("KIND") { Description = "Plural, singular or short name of a kind, such as pods", Arity = ArgumentArity.ZeroOrOne };
        var names = new Argument<string[]>("NAME") { Description = "Names of objects", Arity = ArgumentArity.ZeroOrMore };
        var noWait = new Option<bool>("--no-wait") { Description = "Return before the objects are gone" };
        var options = new ApiOptions();
        var command = new Command("delete", "Delete objects; without KIND and NAME, the cluster with every trace of it") { kind, names, noWait };
        options.AddTo(command, output: false);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(kind) is not { } wanted) return await deleteCluster(parsed.GetValue(options.Cluster), cancellation);
            if (parsed.GetValue(names) is not { Length: > 0 } all)
                throw new CommandException($"name the objects of kind \"{wanted}\" that are to be deleted", ExitCodes.Usage);

            using var connection = options.Connect(context, parsed);
            var resource = (await ServedResources.LoadAsync(connection.Api, cancellation)).Find(wanted);
            foreach (var name in all)
            {
                var answer = await connection.Api.SendForBodyAsync(new ApiRequest("DELETE", resource.ObjectPath(connection.Namespace, name)), cancellation);
                // An object with finalizers or a grace period is still there and comes back as itself, a removed one as a Status.
                var document = JsonNode.Parse(answer.Span);
                if (!parsed.GetValue(noWait) && (string?)document?["metadata"]?["uid"] is { } uid && (string?)document["kind"] != "Status")
                    await Deletion.WaitAsync(connection, resource, name, uid, cancellation);
                await context.Out.WriteLineAsync($"{resource.Describe(name)} deleted");
            }
            return ExitCodes.Succeeded;
        });
        return command;
    }
}
