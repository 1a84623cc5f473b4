using Slipway.Storage.Tests.Contract;

namespace Slipway.Storage.Tests.Sqlite;

public sealed class SqliteStoreTests : StoreContract
{
    private readonly TemporaryDirectory _directory = new();

    protected override ValueTask<IStore> OpenAsync() => ValueTask.FromResult<IStore>(SqliteStore.Open(_directory.File("store.db")));

    [Fact]
    public async Task What_is_in_its_write_ahead_log_is_part_of_its_size()
    {
        await PutAsync("/a", new string('x', 1_000_000));
        Assert.InRange((await Store.GetSizeAsync(Cancel))!.Value, 1_000_000, 10_000_000);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}
