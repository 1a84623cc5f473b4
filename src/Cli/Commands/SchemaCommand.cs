using System.CommandLine;
using System.Text.Json;
using Slipway.Api.Kinds;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway schema</c>: what editors check and complete manifests by.</summary>
public static class SchemaCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var kind = new Argument<string>("KIND") { Description = $"{string.Join(" or ", EditorSchema.Kinds)}" };
        var command = new Command("schema", "Print the JSON Schema of a kind, for editors") { kind };
        command.SetAction(async (parsed, cancellation) =>
        {
            var name = parsed.GetRequiredValue(kind);
            if (EditorSchema.Of(name) is not { } schema)
                throw new CommandException($"there is no schema of \"{name}\"; there is one of {string.Join(" and ", EditorSchema.Kinds)}", ExitCodes.Usage);
            using var buffer = new MemoryStream();
            await using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
                schema.WriteTo(writer);
            await context.Out.WriteLineAsync(System.Text.Encoding.UTF8.GetString(buffer.ToArray()).AsMemory(), cancellation);
            return ExitCodes.Succeeded;
        });
        return command;
    }
}
